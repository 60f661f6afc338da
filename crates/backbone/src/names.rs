//! What the hub's checkpoints call a tensor, and what the modules here call it.

use crate::config::BodyConfig;
use burn_store::KeyRemapper;
use burn_store::burn_pack::Tensor;

/// Pairs of a pattern and what replaces it, applied one after the other.
type Renames = &'static [(&'static str, &'static str)];

/// One model's names.
struct Names {
    from_hub: Renames,
    to_hub: Renames,
    /// Prefixes of what the file may hold and the body has no use for, after renaming: heads,
    /// poolers, masks and numbers kept as buffers.
    unused: &'static [&'static str],
}

const BERT: Names = Names {
    from_hub: &[
        (r"^(bert|roberta|longformer)\.", ""),
        (r"\.self\.", ".attention."),
        (r"\bLayerNorm\.", "layer_norm."),
        (r"\.gamma$", ".weight"),
        (r"\.beta$", ".bias"),
    ],
    to_hub: &[
        (r"\.attention\.attention\.", ".attention.self."),
        (r"\.layer_norm\.", ".LayerNorm."),
    ],
    unused: &[
        "cls.",
        "classifier.",
        "lm_head.",
        "pooler.",
        "qa_outputs.",
        "embeddings.position_ids",
        "embeddings.token_type_ids",
    ],
};

const GPT2: Names = Names {
    from_hub: &[
        (r"^transformer\.", ""),
        // The causal masks that old files keep for every layer.
        (r"^h\.\d+\.attn\.(bias|masked_bias)$", "mask."),
    ],
    to_hub: &[],
    unused: &["lm_head.", "score.", "multiple_choice_head.", "mask."],
};

const T5: Names = Names {
    from_hub: &[
        (r"^transformer\.", ""),
        (r"^encoder\.", ""),
        (r"\.layer\.0\.", ".attention."),
        (r"\.layer\.1\.", ".feed_forward."),
        (r"\.(SelfAttention|DenseReluDense)\.", "."),
        (r"^block\.0\.attention\.relative_", "relative_"),
    ],
    to_hub: &[
        (r"\.attention\.([qkvo])\.", ".attention.SelfAttention.$1."),
        (r"\.(wi|wi_0|wi_1|wo)\.", ".DenseReluDense.$1."),
        (r"^relative_", "block.0.attention.SelfAttention.relative_"),
        (r"\.attention\.", ".layer.0."),
        (r"\.feed_forward\.", ".layer.1."),
        (r"^(block|final)", "encoder.$1"),
    ],
    unused: &[
        "decoder.",
        "embed_tokens.",
        "lm_head.",
        "classification_head.",
    ],
};

const VIT: Names = Names {
    from_hub: &[
        (r"^vit\.", ""),
        // A fresh table is used; what the checkpoint has under that name is left alone.
        (r"^embeddings\.", "patches."),
    ],
    // Positions over tokens are no part of a ViTModel, whose own have another length.
    to_hub: &[(
        r"^embeddings\.position_embeddings$",
        "fpt_position_embeddings",
    )],
    unused: &[
        "fpt_position_embeddings",
        "patches.",
        "pooler.",
        "classifier.",
        "lm_head.",
        "decoder.",
    ],
};

/// Bodies that only this workspace writes.
const OURS: Names = Names {
    from_hub: &[],
    to_hub: &[],
    unused: &[],
};

fn names(config: &BodyConfig) -> &'static Names {
    match config {
        BodyConfig::Bert(_) | BodyConfig::Roberta(_) | BodyConfig::Longformer(_) => &BERT,
        BodyConfig::Gpt2(_) => &GPT2,
        BodyConfig::T5(_) => &T5,
        BodyConfig::Vit(_) => &VIT,
        BodyConfig::Lstm(_) | BodyConfig::Vanilla(_) => &OURS,
    }
}

/// Tensors under the names of the modules here.
pub(crate) fn from_hub(config: &BodyConfig, tensors: Vec<Tensor>) -> Vec<Tensor> {
    let mut tensors = remapper(names(config).from_hub).remap(tensors).0;
    // Encoders saved alone may keep their tokens under the encoder's own name.
    let has = |tensors: &[Tensor], name: &str| tensors.iter().any(|tensor| tensor.name == name);
    if matches!(config, BodyConfig::T5(_)) && !has(&tensors, "shared.weight") {
        for tensor in &mut tensors {
            if tensor.name == "embed_tokens.weight" {
                "shared.weight".clone_into(&mut tensor.name);
            }
        }
    }
    tensors
}

/// The renaming for writing.
pub(crate) fn to_hub(config: &BodyConfig) -> KeyRemapper {
    remapper(names(config).to_hub)
}

/// What the hub calls a tensor of the modules here.
pub(crate) fn hub_name(config: &BodyConfig, name: &str) -> String {
    let tensor = burn_store::bridge::from_data(
        burn::tensor::TensorData::new(vec![0.0_f32], [1]),
        name.to_owned(),
        None,
    );
    let renamed = to_hub(config).remap(vec![tensor]).0;
    let first = renamed.into_iter().next();
    first.map_or_else(|| name.to_owned(), |tensor| tensor.name)
}

/// Whether a file may hold a tensor of this (renamed) name that the body has no use for.
pub(crate) fn is_known_unused(config: &BodyConfig, name: &str) -> bool {
    let unused = names(config).unused;
    unused.iter().any(|prefix| name.starts_with(prefix))
}

fn remapper(renames: Renames) -> KeyRemapper {
    KeyRemapper::from_patterns(renames.to_vec()).expect("the patterns above are well-formed")
}
