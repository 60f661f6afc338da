use super::shape::{ANY_NUMBER, Bounds, Key, POSITIVE, Table, Takes};

const ACCURACY: Takes = Takes::Number(Bounds {
    least: Some(0.0),
    is_above: true,
    most: Some(1.0),
    is_below: false,
});

pub(crate) static CLAIM: Table = Table {
    header: "[[claim]]",
    says: "A sentence about cells, and the comparison that decides it: one of `greater`, `less`, `sooner`, `ordered`, `equal` \
           and `zero`. A cell is a value, `\"text\"`, or a table of axes and values; a pair in brackets is how far one is ahead of \
           the other, so that `[[a, b], [c, d]]` compares two leads.",
    one_of: &["greater", "less", "sooner", "ordered", "equal", "zero"],
    keys: &[
        Key::required(
            "says",
            Takes::Text,
            "The sentence. `{axis}` stands for the value of an axis that `each` varies.",
        ),
        Key::optional(
            "where",
            Takes::ByName(&Takes::Value),
            "Values of axes that all of its cells have.",
        ),
        Key::optional(
            "each",
            Takes::Either(&[
                Takes::OneOrSet(&Takes::Value),
                Takes::SomeByName(&Takes::OneOrSet(&Takes::Value)),
            ]),
            "An axis, or several, of which each value is a claim of its own; some values only: `{ task = [\"listops\", \"mnist\"] }`.",
        ),
        Key::optional(
            "protocols",
            Takes::OneOrSome(&Takes::Text),
            "Protocols under which it is asked, each a claim of its own, in place of the profile's.",
        ),
        Key::optional(
            "measure",
            Takes::Measure,
            "What is compared; each form has a usual one.",
        ),
        Key::optional(
            "at",
            ACCURACY,
            "The validation accuracy that steps are counted to, for such measures.",
        ),
        Key::optional(
            "by",
            ANY_NUMBER,
            "How far ahead it has to be, in the measure's unit (points); below 0: \"not further behind than\".",
        ),
        Key::optional(
            "within",
            POSITIVE,
            "How far apart `equal` and `zero` may be; the protocol's margin where nothing is said.",
        ),
        Key::optional(
            "margin",
            POSITIVE,
            "What counts as small for a claim that is one of more; the protocol's where nothing is said.",
        ),
        Key::optional(
            "paper",
            Takes::Either(&[Takes::Text, Takes::Table(&QUOTED)]),
            "What the paper found, where no table of it says so.",
        ),
        Key::optional(
            "critics",
            Takes::Either(&[Takes::Text, Takes::Table(&QUOTED)]),
            "What its critics found.",
        ),
        Key::optional(
            "greater",
            Takes::Cells,
            "The first is higher: test accuracy where no measure is said. One cell alone is above nothing, of measures that may be 0.",
        ),
        Key::optional("less", Takes::Cells, "The first is lower: test loss."),
        Key::optional(
            "sooner",
            Takes::Cells,
            "The first takes fewer gradient steps `at` a validation accuracy.",
        ),
        Key::optional(
            "ordered",
            Takes::Cells,
            "It rises from cell to cell, three or more: the slope of a line through them.",
        ),
        Key::optional(
            "equal",
            Takes::Cells,
            "The two are no further apart than `within`.",
        ),
        Key::optional(
            "zero",
            Takes::Cells,
            "One cell is no further from nothing than `within`.",
        ),
    ],
};

pub(crate) static QUOTED: Table = Table {
    header: "paper, critics",
    says: "What others found, with how it came here; text alone is `secondary`.",
    one_of: &[],
    keys: &[
        Key::required("says", Takes::Text, "\"98.0 against 91.7\"."),
        Key::required(
            "flag",
            Takes::OneOf(&["secondary", "recalled"]),
            "Through one careful source, or from memory.",
        ),
    ],
};
