use burn_store::KeyRemapper;
use burn_store::burn_pack::Tensor;

/// Pairs of a pattern and what replaces it, applied one after the other.
type Renames = &'static [(&'static str, &'static str)];

/// What the hub's checkpoints call a tensor, and what the modules here call it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TensorNames {
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

impl TensorNames {
    /// Tensors under the names of the modules here.
    pub fn read(&self, tensors: Vec<Tensor>) -> Vec<Tensor> {
        let mut tensors = remapper(self.from_hub).remap(tensors).0;
        for (name, stand_in) in self.stand_ins {
            if tensors.iter().any(|tensor| tensor.name == *name) {
                continue;
            }
            for tensor in &mut tensors {
                if tensor.name == *stand_in {
                    (*name).clone_into(&mut tensor.name);
                }
            }
        }
        tensors
    }

    /// The renaming for writing.
    pub fn write(&self) -> KeyRemapper {
        remapper(self.to_hub)
    }

    /// What the hub calls a tensor of the modules here.
    pub fn on_hub(&self, name: &str) -> String {
        let tensor = burn_store::bridge::from_data(
            burn::tensor::TensorData::new(vec![0.0_f32], [1]),
            name.to_owned(),
            None,
        );
        let renamed = self.write().remap(vec![tensor]).0;
        let first = renamed.into_iter().next();
        first.map_or_else(|| name.to_owned(), |tensor| tensor.name)
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

fn remapper(renames: Renames) -> KeyRemapper {
    KeyRemapper::from_patterns(renames.to_vec()).expect("patterns of bodies are well-formed")
}
