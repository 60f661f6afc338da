use super::shape::{Bounds, Key, Table, Takes};

const PERCENT: Takes = Takes::Number(Bounds {
    least: Some(0.0),
    is_above: false,
    most: Some(100.0),
    is_below: false,
});

pub(crate) static PAPER: Table = Table {
    header: "",
    says: "What others have found, the paper or its critics, held beside a study's own cells.",
    one_of: &[],
    keys: &[
        Key::required("title", Takes::Text, "What it is called under our tables."),
        Key::optional(
            "source",
            Takes::Text,
            "Whose it is; the paper's where nothing is said.",
        ),
        Key::required("section", Takes::Text, "The section that it is about."),
        Key::required(
            "flag",
            Takes::OneOf(&["secondary", "recalled"]),
            "How its values came here, where `recalled` does not say otherwise.",
        ),
        Key::required(
            "note",
            Takes::Text,
            "What has to be known to read it beside ours.",
        ),
        Key::required("rows", Takes::Text, "The axis of its rows."),
        Key::required("columns", Takes::Text, "The axis of its columns."),
        Key::optional(
            "where",
            Takes::ByName(&Takes::Text),
            "What its cells have on other axes, where a study has such.",
        ),
        Key::required(
            "values",
            Takes::ByName(&Takes::ByName(&PERCENT)),
            "Percent, by row and column.",
        ),
        Key::optional(
            "recalled",
            Takes::ByName(&Takes::ListOf(&Takes::Text)),
            "By row, the columns whose value is from memory.",
        ),
    ],
};
