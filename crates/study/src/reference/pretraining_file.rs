use super::shape::{Key, Table, Takes};
use evidence::seed::LAST_REPLICATE;

pub(crate) static PRETRAINING: Table = Table {
    header: "",
    says: "Where a body's weights come from: one of `task`, `initialisation`, `statistics-of`, `first-layers-of`, `layers-of`, \
           `parts-of` and `longformer-of`.",
    one_of: &[
        "task",
        "initialisation",
        "statistics-of",
        "first-layers-of",
        "layers-of",
        "parts-of",
        "longformer-of",
    ],
    keys: &[
        Key::optional(
            "task",
            Takes::Task,
            "The task that the whole body is trained on.",
        ),
        Key::optional(
            "initialisation",
            Takes::OneOf(&["random", "random-scaled", "checkpoint"]),
            "Weights that no training made here; `checkpoint`: those that the cell's `backbone` names.",
        ),
        Key::optional(
            "statistics-of",
            Takes::Text,
            "Random, with means and deviations of this pretraining's body.",
        ),
        Key::optional(
            "unit",
            Takes::OneOf(&["tensor", "layer"]),
            "What shares a mean and a deviation, for `statistics-of`; tensors where nothing is said.",
        ),
        Key::optional(
            "first-layers-of",
            Takes::Text,
            "The first layers of this pretraining's body, as many as the cell's has.",
        ),
        Key::optional(
            "layers-of",
            Takes::Text,
            "Layers of this pretraining's body, as many as the cell's has, beginning at `from`.",
        ),
        Key::optional(
            "from",
            Takes::Either(&[Takes::Count(0, 100_000), Takes::OneOf(&["last"])]),
            "The first of them, counted from 0, or `last`.",
        ),
        Key::optional(
            "parts-of",
            Takes::Text,
            "A random body with `parts` of this pretraining's.",
        ),
        Key::optional("parts", Takes::Policy, "Which, written as in a policy."),
        Key::optional(
            "longformer-of",
            Takes::Text,
            "A Longformer made of this pretraining's RoBERTa or BERT.",
        ),
        Key::optional(
            "backbone",
            Takes::OneOrSome(&Takes::ModelType),
            "The only bodies that it makes sense for.",
        ),
        Key::optional(
            "seed",
            Takes::Count(0, LAST_REPLICATE),
            "One body for every replicate, of this seed, for `task`; without it each has its own.",
        ),
        Key::optional(
            "profile",
            Takes::ByName(&Takes::Table(&VARIANT)),
            "`[profile.NAME]`: how it is done at each profile; one that extends another has all of that one's, unless it says any of it itself.",
        ),
    ],
};

pub(crate) static VARIANT: Table = Table {
    header: "[profile.NAME]",
    says: "A pretraining at one profile.",
    one_of: &[],
    keys: &[
        Key::optional(
            "settings",
            Takes::ByName(&Takes::Any),
            "Settings of its task.",
        ),
        Key::optional("recipe", Takes::Recipe, "Settings of its recipe."),
        Key::optional(
            "checkpoint",
            Takes::Either(&[
                Takes::OneOrSome(&Takes::Text),
                Takes::ByName(&Takes::OneOrSome(&Takes::Text)),
            ]),
            "A checkpoint to take in place of training: a folder or owner/name; a list has one for each replicate; or either by backbone.",
        ),
        Key::optional(
            "form",
            Takes::OneOf(&["paper", "fair"]),
            "Which version of its task; `fair`.",
        ),
    ],
};
