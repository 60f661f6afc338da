use super::claim_file::CLAIM;
use super::shape::{Key, Table, Takes};
use crate::seeds::MOST_SEEDS;
use evidence::seed::LAST_REPLICATE;

pub(crate) static STUDY: Table = Table {
    header: "",
    says: "One question, and the grid that answers it. Its results lie in a folder of the file's name.",
    one_of: &[],
    keys: &[
        Key::required(
            "question",
            Takes::Text,
            "What is asked: the first line of every table.",
        ),
        Key::optional(
            "paper",
            Takes::OneOrSome(&Takes::Text),
            "Tables of the paper that stand beside ours: files of experiments/paper/.",
        ),
        Key::optional(
            "critics",
            Takes::OneOrSome(&Takes::Text),
            "The same of the paper's critics; they stand beside claims.",
        ),
        Key::optional(
            "seeds",
            Takes::Either(&[
                Takes::Count(1, MOST_SEEDS),
                Takes::SetOf(&Takes::Count(0, LAST_REPLICATE)),
            ]),
            "Replicates by number, or how many, in place of those that a protocol's looks ask for.",
        ),
        Key::optional(
            "jobs-per-body",
            Takes::Count(1, 100),
            "Jobs with seeds of their own around the body of each replicate, averaged there.",
        ),
        Key::optional(
            "job",
            Takes::Job,
            "What every job has, unless an axis or a rule says otherwise.",
        ),
        Key::required(
            "axes",
            Takes::Axes,
            "What varies: every combination is a cell. A key of a job, or a name that `[variants]` explains.",
        ),
        Key::optional(
            "variants",
            Takes::ByName(&Takes::ByName(&Takes::Job)),
            "What the values of an axis of your own stand for: `[variants.AXIS]` has a table of keys of a job for each value.",
        ),
        Key::optional(
            "when",
            Takes::Tables(&WHEN),
            "Rules for some cells, in this order.",
        ),
        Key::required("table", Takes::Table(&TABLE), "How the answer is laid out."),
        Key::optional(
            "claim",
            Takes::Tables(&CLAIM),
            "Sentences that replicates support, refute or leave undecided.",
        ),
    ],
};

pub(crate) static WHEN: Table = Table {
    header: "[[when]]",
    says: "Cells that match take other settings, or are left out. Later rules see what earlier ones set.",
    one_of: &["set", "skip"],
    keys: &[
        Key::required(
            "match",
            Takes::ByName(&Takes::OneOrSome(&Takes::Value)),
            "Keys, each with one of the values behind it.",
        ),
        Key::optional(
            "set",
            Takes::Job,
            "What these cells have instead. A rule has this or `skip`.",
        ),
        Key::optional("skip", Takes::True, "These cells are left out."),
    ],
};

pub(crate) static TABLE: Table = Table {
    header: "[table]",
    says: "Rows and columns are axes; a further axis makes a table a value.",
    one_of: &[],
    keys: &[
        Key::required("rows", Takes::Text, "The axis down the side."),
        Key::required(
            "columns",
            Takes::Text,
            "The axis across the top, another one.",
        ),
        Key::optional(
            "reference",
            Takes::ByName(&Takes::Value),
            "The row that differences are to: `{ pretraining = \"random\" }`.",
        ),
        Key::optional(
            "measure",
            Takes::Measure,
            "What the cells show; test accuracy where nothing is said.",
        ),
    ],
};
