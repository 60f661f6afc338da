use crate::task::Split;
use data::foreign::is_pointer;
use data::{DataError, texts};
use std::path::Path;

/// A text in three parts that share no document.
pub(super) struct Corpus {
    pub train: Vec<u8>,
    pub validation: Vec<u8>,
    pub test: Vec<u8>,
    /// blake3 over the names and contents of the files.
    pub checksum: String,
}

/// One in so many documents is validated on, and one is tested on.
const HELD_OUT: usize = 20;

impl Corpus {
    pub fn split(&self, split: Split) -> &[u8] {
        match split {
            Split::Validation => &self.validation,
            Split::Test(_) => &self.test,
        }
    }

    /// The bytes that the training text has, each once.
    pub fn alphabet(&self) -> Vec<u8> {
        let mut has = [false; 256];
        self.train
            .iter()
            .for_each(|byte| has[*byte as usize] = true);
        (0..=255).filter(|byte| has[*byte as usize]).collect()
    }

    /// Whether each part holds a window of `context` bytes and its target.
    pub fn longer_than(&self, context: usize) -> Result<(), String> {
        let parts = [
            ("training", &self.train),
            ("validation", &self.validation),
            ("test", &self.test),
        ];
        match parts.into_iter().find(|(_, text)| text.len() <= context) {
            None => Ok(()),
            Some((part, text)) => Err(format!(
                "the {part} part has {} bytes, but `context` is {context}: more or longer documents are needed, or a smaller `context`",
                text.len()
            )),
        }
    }
}

/// A folder of .txt files, one a document, in the order of their names. Which documents are held
/// out depends on nothing but that order. A file with a byte of 0 is refused: it is no text.
pub(super) fn documents(folder: &Path) -> Result<Corpus, DataError> {
    let paths = texts(folder)?;
    if paths.len() < 3 {
        return Err(DataError::MissingData {
            item: format!("corpus {}", folder.display()),
            tried: vec![format!(
                "folder: {} .txt files in {}",
                paths.len(),
                std::path::absolute(folder)
                    .unwrap_or_else(|_| folder.to_owned())
                    .display()
            )],
            way_out: "put at least three .txt files there, one a document: whole documents are \
                      held out for validation and test"
                .to_owned(),
        });
    }
    let every = paths.len().min(HELD_OUT);
    let (mut train, mut validation, mut test) = (Vec::new(), Vec::new(), Vec::new());
    let mut checksum = blake3::Hasher::new();
    for (index, path) in paths.iter().enumerate() {
        let text = read(folder, path, &mut checksum)?;
        let part = match index % every {
            turn if turn == every / 3 => &mut validation,
            turn if turn == every - 1 => &mut test,
            _ => &mut train,
        };
        part.extend_from_slice(text.trim_ascii());
        part.extend_from_slice(b"\n\n");
    }
    Ok(Corpus {
        train,
        validation,
        test,
        checksum: checksum.finalize().to_hex().to_string(),
    })
}

/// `train.txt`, `validation.txt` and `test.txt`: a corpus that comes with its own parts. A file with
/// a byte of 0 is refused.
pub(super) fn splits(folder: &Path) -> Result<Corpus, DataError> {
    let mut checksum = blake3::Hasher::new();
    let mut part = |name| read(folder, &folder.join(name), &mut checksum);
    let (train, validation, test) = (
        part("train.txt")?,
        part("validation.txt")?,
        part("test.txt")?,
    );
    Ok(Corpus {
        train,
        validation,
        test,
        checksum: checksum.finalize().to_hex().to_string(),
    })
}

fn read(root: &Path, path: &Path, checksum: &mut blake3::Hasher) -> Result<Vec<u8>, DataError> {
    let text = files::bytes(path).map_err(DataError::io("read", path))?;
    if is_pointer(&text) {
        return Err(DataError::Damaged {
            path: path.to_owned(),
            expected: "a text".to_owned(),
            found: "a git-lfs pointer, not the file it points at".to_owned(),
            way_out: "run `git lfs pull` in its repository".to_owned(),
        });
    }
    if let Some(at) = text.iter().position(|found| *found == 0) {
        return Err(DataError::Damaged {
            path: path.to_owned(),
            expected: "a text".to_owned(),
            found: format!("a byte of 0, at byte {}", at + 1),
            way_out: "UTF-16 is full of them: save the file as UTF-8, or take such bytes out"
                .to_owned(),
        });
    }
    let name = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = name
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    checksum.update(parts.join("/").as_bytes());
    checksum.update(&(text.len() as u64).to_le_bytes());
    checksum.update(&text);
    Ok(text)
}
