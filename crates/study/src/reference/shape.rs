//! What a table of a file is: its keys, and what stands behind each.

/// A table of a file.
#[derive(Debug)]
pub(crate) struct Table {
    /// As it is written: `[table]`, `[[claim]]`.
    pub header: &'static str,
    pub says: &'static str,
    /// Keys of which it has exactly one.
    pub one_of: &'static [&'static str],
    pub keys: &'static [Key],
}

impl Table {
    /// The names that its parser knows.
    pub fn names(&self) -> Vec<&'static str> {
        self.keys.iter().map(|key| key.name).collect()
    }
}

/// A key of a table.
#[derive(Debug)]
pub(crate) struct Key {
    pub name: &'static str,
    pub takes: Takes,
    pub is_required: bool,
    pub says: &'static str,
}

impl Key {
    pub(crate) const fn optional(name: &'static str, takes: Takes, says: &'static str) -> Self {
        Self {
            name,
            takes,
            is_required: false,
            says,
        }
    }

    pub(crate) const fn required(name: &'static str, takes: Takes, says: &'static str) -> Self {
        Self {
            name,
            takes,
            is_required: true,
            says,
        }
    }
}

/// What stands behind a key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Takes {
    Text,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A name of the registry of tasks.
    Task,
    /// A kind of body, as the hub's `model_type`.
    ModelType,
    /// Terms joined by `+`.
    Policy,
    /// A name of the registry of measures.
    Measure,
    Flag,
    /// Only `true`.
    True,
    Number(Bounds),
    Count(u64, u64),
    /// A name, a number or a flag, as a setting of a job.
    Value,
    /// Whatever TOML has: what it may be, others say.
    Any,
    ListOf(&'static Takes),
    /// At least one, each once.
    SetOf(&'static Takes),
    OneOrSome(&'static Takes),
    /// One, or several, each once.
    OneOrSet(&'static Takes),
    Either(&'static [Takes]),
    /// A table of the keys above.
    Table(&'static Table),
    /// Tables of an array: `[[claim]]`.
    Tables(&'static Table),
    /// A table whose keys are names of the user's or of what there is.
    ByName(&'static Takes),
    /// The same with one key at least.
    SomeByName(&'static Takes),
    /// The same for names of tasks.
    ByTask(&'static Takes),
    /// And for all of them together, `any`.
    ByTaskOrAny(&'static Takes),
    /// Keys of a job, one value each.
    Job,
    /// Keys of a job or names of `[variants]`, one value or several each.
    Axes,
    /// Settings of a recipe.
    Recipe,
    /// What is compared: cells, or pairs in brackets.
    Cells,
}

/// Between which a number lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    pub least: Option<f64>,
    /// Above the least, not at it.
    pub is_above: bool,
    pub most: Option<f64>,
    /// Below the most, not at it.
    pub is_below: bool,
}

pub(crate) const ANY_NUMBER: Takes = Takes::Number(Bounds {
    least: None,
    is_above: false,
    most: None,
    is_below: false,
});

/// Above nothing.
pub(crate) const POSITIVE: Takes = Takes::Number(Bounds {
    least: Some(0.0),
    is_above: true,
    most: None,
    is_below: false,
});
