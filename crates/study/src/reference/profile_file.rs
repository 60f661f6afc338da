use super::shape::{Key, Table, Takes};
use evidence::seed::LAST_REPLICATE;

pub(crate) static PROFILE: Table = Table {
    header: "",
    says: "How large and how long: what studies leave open. Asked for with `--profile NAME`.",
    one_of: &[],
    keys: &[
        Key::optional(
            "extends",
            Takes::Text,
            "The profile that says what this one does not.",
        ),
        Key::optional(
            "protocol",
            Takes::Text,
            "How studies measure; this one has to say it, or the one that it extends.",
        ),
        Key::optional(
            "seeds",
            Takes::SetOf(&Takes::Count(0, LAST_REPLICATE)),
            "Replicates by number, in place of those that looks ask for.",
        ),
        Key::optional(
            "means-nothing",
            Takes::Flag,
            "Whether numbers at it only say that everything runs.",
        ),
        Key::optional(
            "size",
            Takes::Table(&SIZE),
            "Of every body. Without one there are the bodies below alone.",
        ),
        Key::optional(
            "body",
            Takes::ByName(&Takes::ByName(&Takes::Any)),
            "`[body.NAME]`: what does not follow from the size, fields as in the hub's config.json; a NAME of your own says its `model_type`.",
        ),
        Key::optional(
            "recipe",
            Takes::Recipe,
            "What every job has unless its task says otherwise.",
        ),
        Key::optional(
            "tasks",
            Takes::ByTask(&Takes::Table(&TASK)),
            "`[tasks.TASK]`: a task at this size.",
        ),
    ],
};

pub(crate) static SIZE: Table = Table {
    header: "[size]",
    says: "All of it, or what differs from the profile that this one extends.",
    one_of: &[],
    keys: &[
        Key::optional("layers", Takes::Count(1, 1_000_000), "Layers of the stack."),
        Key::optional(
            "width",
            Takes::Count(1, 1_000_000),
            "Size of a hidden state.",
        ),
        Key::optional(
            "heads",
            Takes::Count(1, 1_000_000),
            "Heads of attention, a divisor of the width.",
        ),
        Key::optional(
            "positions",
            Takes::Count(1, 1_000_000_000),
            "The longest sequence.",
        ),
        Key::optional(
            "vocabulary",
            Takes::Count(1, 1_000_000_000),
            "Rows of the table of tokens.",
        ),
    ],
};

pub(crate) static TASK: Table = Table {
    header: "[tasks.TASK]",
    says: "What differs for one task.",
    one_of: &[],
    keys: &[
        Key::optional(
            "settings",
            Takes::ByName(&Takes::Any),
            "Settings of the task: `fpt data TASK` shows them.",
        ),
        Key::optional(
            "fair",
            Takes::ByName(&Takes::Any),
            "Settings of form `fair` that differ from those.",
        ),
        Key::optional("recipe", Takes::Recipe, "Settings of the recipe."),
    ],
};
