use super::profile_file::TASK;
use super::shape::{Bounds, Key, POSITIVE, Table, Takes};

pub(crate) static PROTOCOL: Table = Table {
    header: "",
    says: "How a study measures and what decides. What it says goes before the profile, and after the study.",
    one_of: &[],
    keys: &[
        Key::required("says", Takes::Text, "In a few words, for tables."),
        Key::required(
            "form",
            Takes::OneOf(&["paper", "fair"]),
            "Which version of each task: as the official code builds it, or corrected, with a validation split.",
        ),
        Key::optional(
            "learning-rates",
            Takes::ListOf(&POSITIVE),
            "Every replicate is trained at each of them, and shown at the one that validation prefers.",
        ),
        Key::optional(
            "pilots",
            Takes::Table(&PILOTS),
            "Instead: a cell's rate is chosen on replicates of their own before its first one starts.",
        ),
        Key::optional(
            "looks",
            Takes::Table(&LOOKS),
            "When replicates are looked at.",
        ),
        Key::optional(
            "jobs-per-body",
            Takes::Count(1, 100),
            "Jobs around the body of each replicate, averaged there.",
        ),
        Key::optional(
            "traps",
            Takes::ByTaskOrAny(&Takes::Text),
            "What a reader has to beware of, by task; `any` for all of them.",
        ),
        Key::optional(
            "recipe",
            Takes::Recipe,
            "Settings of the recipe that it changes.",
        ),
        Key::optional(
            "tasks",
            Takes::ByTask(&Takes::Table(&TASK)),
            "The same for one task.",
        ),
    ],
};

const SHARE: Takes = Takes::Number(Bounds {
    least: Some(0.0),
    is_above: true,
    most: Some(1.0),
    is_below: true,
});

pub(crate) static PILOTS: Table = Table {
    header: "[pilots]",
    says: "Learning rates on trial, by one rule for every cell.",
    one_of: &[],
    keys: &[
        Key::optional(
            "replicates",
            Takes::Count(1, 100),
            "Replicates that each rate is tried on; 1.",
        ),
        Key::required(
            "learning-rates",
            Takes::SetOf(&POSITIVE),
            "The first trials, in this order.",
        ),
        Key::required(
            "most",
            Takes::Count(1, 1_000),
            "Rates that are tried of a cell at most: while the best is at an end, the next one beyond is; while nothing is learnt, or all are stuck at one place, the next below and above in turn.",
        ),
        Key::optional(
            "give-up",
            Takes::Table(&GIVE_UP),
            "When a trial is ended early.",
        ),
    ],
};

pub(crate) static GIVE_UP: Table = Table {
    header: "pilots.give-up",
    says: "A trial ends where its best accuracy so far is too far behind what an earlier trial had there.",
    one_of: &[],
    keys: &[
        Key::required(
            "after",
            SHARE,
            "The share of its steps at which it is looked at.",
        ),
        Key::required("behind", POSITIVE, "Points of validation accuracy."),
    ],
};

const POINTS: Takes = Takes::Number(Bounds {
    least: Some(0.0),
    is_above: true,
    most: Some(100.0),
    is_below: true,
});

pub(crate) static LOOKS: Table = Table {
    header: "[looks]",
    says: "What is fixed of the test before anything runs.",
    one_of: &[],
    keys: &[
        Key::optional(
            "at",
            Takes::SetOf(&Takes::Count(2, 10_000)),
            "Replicates at each look, rising; [3, 5, 8, 12].",
        ),
        Key::optional(
            "weights",
            Takes::ListOf(&POSITIVE),
            "The share of the level that each look may spend, 1 at most together; [0.4, 0.2, 0.2, 0.2].",
        ),
        Key::optional(
            "margin",
            POINTS,
            "What counts as small where a claim says nothing, in points; 2.",
        ),
    ],
};
