use super::format;
use memmap2::Mmap;
use std::ops::{Deref, Range};
use std::path::Path;
use std::sync::Arc;

/// Collects the sections that are to be cached.
#[derive(Default)]
pub struct Builder(Vec<format::Named>);

impl Builder {
    /// Adds a section under a name.
    pub fn section(&mut self, name: &str, content: Vec<u8>) {
        self.0.push((name.to_owned(), content));
    }

    pub(super) fn sections(&self) -> &[format::Named] {
        &self.0
    }
}

/// Named sections of bytes, in a mapped file or in memory.
pub struct Sections {
    named: Vec<(String, Section)>,
    note: Option<String>,
}

impl Sections {
    /// A section, empty where there is none of that name. It starts at a multiple of 64 in memory
    /// when it is mapped, and anywhere when it is not.
    pub fn get(&self, name: &str) -> Section {
        let found = self.named.iter().find(|(known, _)| known == name);
        found
            .map(|(_, section)| section.clone())
            .unwrap_or_default()
    }

    /// Why the sections could not be kept and will be made again next time.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    pub(super) fn open(path: &Path, print: &[u8; 32]) -> Option<Self> {
        let file = files::open(path).ok()?;
        // SAFETY: nothing here changes a cached file: it is replaced by another of its name, or
        // removed, and either leaves the mapped one as it was.
        let map = unsafe { Mmap::map(&file).ok()? };
        let places = format::read(&map, print)?;
        let store = Arc::new(Store::Mapped(map));
        let section = |(name, range)| {
            let store = Arc::clone(&store);
            (name, Section { store, range })
        };
        Some(Self {
            named: places.into_iter().map(section).collect(),
            note: None,
        })
    }

    pub(super) fn in_memory(builder: Builder, note: String) -> Self {
        let section = |(name, content): format::Named| {
            let range = 0..content.len();
            let store = Arc::new(Store::Memory(content));
            (name, Section { store, range })
        };
        Self {
            named: builder.0.into_iter().map(section).collect(),
            note: Some(note),
        }
    }
}

/// Bytes that are shared: a clone is another handle on the same ones.
#[derive(Clone)]
pub struct Section {
    store: Arc<Store>,
    range: Range<usize>,
}

enum Store {
    Mapped(Mmap),
    Memory(Vec<u8>),
}

impl Deref for Section {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &*self.store {
            Store::Mapped(map) => &map[self.range.clone()],
            Store::Memory(bytes) => &bytes[self.range.clone()],
        }
    }
}

impl From<Vec<u8>> for Section {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            range: 0..bytes.len(),
            store: Arc::new(Store::Memory(bytes)),
        }
    }
}

impl Default for Section {
    fn default() -> Self {
        Vec::new().into()
    }
}
