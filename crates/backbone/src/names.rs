use burn_store::KeyRemapper;

/// Pairs of a pattern and what replaces it, applied one after the other.
type Renames = &'static [(&'static str, &'static str)];

/// What stands in front of names where a model was saved as part of something: a training loop's
/// checkpoint, a module around it, a compiled or a parallel one.
const AROUND: [&str; 5] = [
    "model",
    "module",
    "state_dict",
    "model_state_dict",
    "_orig_mod",
];

/// What can stand around any part of a model: parallel, compiled, sharded, and recomputed ones.
const WITHIN: [&str; 5] = [
    "module",
    "_orig_mod",
    "_fsdp_wrapped_module",
    "_checkpoint_wrapped_module",
    "_forward_module",
];

/// What the hub's checkpoints call a tensor, and what the modules here call it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TensorNames {
    /// What models with a head call the body.
    pub prefixes: &'static [&'static str],
    pub from_hub: Renames,
    pub to_hub: Renames,
    /// Prefixes of what a file may hold and the body has no use for, after renaming: heads,
    /// poolers, masks and numbers kept as buffers.
    pub unused: &'static [&'static str],
    /// A tensor, and the one that takes its place in a file without it; both after renaming.
    pub stand_ins: &'static [(&'static str, &'static str)],
    /// Tensors that are always fresh, whatever a file holds.
    pub fresh: &'static [&'static str],
}

/// Reads names of the hub's.
pub(crate) struct NameReader {
    prefixes: &'static [&'static str],
    renames: KeyRemapper,
}

impl TensorNames {
    pub fn reader(&self) -> NameReader {
        NameReader {
            prefixes: self.prefixes,
            renames: remapper(self.from_hub),
        }
    }

    /// The renaming for writing.
    pub fn write(&self) -> KeyRemapper {
        remapper(self.to_hub)
    }

    /// What the hub calls a tensor of the modules here.
    pub fn on_hub(&self, name: &str) -> String {
        renamed(&self.write(), name.to_owned())
    }

    /// Whether a file may hold a tensor of this (renamed) name that the body has no use for.
    pub fn is_unused(&self, name: &str) -> bool {
        self.unused.iter().any(|prefix| name.starts_with(prefix))
    }

    /// Whether the body has a tensor of this name of its own at all times.
    pub fn is_fresh(&self, name: &str) -> bool {
        self.fresh.contains(&name)
    }
}

impl NameReader {
    /// What stands in front of the body's own name for a tensor, and the name of the modules here.
    pub fn read<'a>(&self, name: &'a str) -> (&'a str, String) {
        let around = |part: &str| {
            AROUND.contains(&part) || WITHIN.contains(&part) || self.prefixes.contains(&part)
        };
        let mut own = name;
        while let Some((first, rest)) = own.split_once('.')
            && around(first)
        {
            own = rest;
        }
        let parts = own.split('.').filter(|part| !WITHIN.contains(part));
        let plain = parts.collect::<Vec<_>>().join(".");
        let front = &name[..name.len() - own.len()];
        (front, renamed(&self.renames, plain))
    }
}

fn renamed(renames: &KeyRemapper, name: String) -> String {
    let patterns = renames.patterns.iter();
    patterns.fold(name, |name, (pattern, by)| {
        pattern.replace_all(&name, by.as_str()).into_owned()
    })
}

fn remapper(renames: Renames) -> KeyRemapper {
    KeyRemapper::from_patterns(renames.to_vec()).expect("patterns of bodies are well-formed")
}
