//! The keys of a job: its own, and those of a recipe.

use super::shape::{ANY_NUMBER, Bounds, Key, Table, Takes};
use training::{FIELDS, Field, Range};

/// A key that a study sets, under `[job]`, on an axis, in a variant or by a rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JobKey {
    pub name: &'static str,
    pub takes: Takes,
    pub says: &'static str,
}

const fn key(name: &'static str, takes: Takes, says: &'static str) -> JobKey {
    JobKey { name, takes, says }
}

const A_SIZE: Takes = Takes::Count(1, 1_000_000);

/// Every key of a job that is none of its recipe, with what it sets; the last two stand for many.
pub(crate) static KEYS: [JobKey; 12] = [
    key(
        "backbone",
        Takes::Text,
        "The body: a shape of the profile, a folder, or owner/name on the hub.",
    ),
    key("policy", Takes::Policy, "Which groups of parameters train."),
    key("pretraining", Takes::Text, "What the body's weights are."),
    key("task", Takes::Task, "What is learnt."),
    key(
        "protocol",
        Takes::Text,
        "How is measured: the tasks' form, what is held out, which weights are tested, how rates are chosen.",
    ),
    key(
        "budget",
        Takes::Number(Bounds {
            least: Some(0.001),
            is_above: false,
            most: Some(1000.0),
            is_below: false,
        }),
        "What the steps of the recipe are multiplied by.",
    ),
    key("layers", A_SIZE, "Layers of the body."),
    key("width", A_SIZE, "Size of a hidden state."),
    key(
        "heads",
        A_SIZE,
        "Heads of attention, a divisor of the width.",
    ),
    key("positions", A_SIZE, "The longest sequence."),
    key(
        "body.FIELD",
        Takes::Value,
        "A field of the body's config, as the hub names it: `body.n_layer`.",
    ),
    key(
        "task.SETTING",
        Takes::Value,
        "A setting of the task: `task.patch`.",
    ),
];

static CONSTANT: Table = Table {
    header: "{ kind = \"constant\" }",
    says: "The same rate from first to last step.",
    one_of: &[],
    keys: &[Key::required(
        "kind",
        Takes::OneOf(&["constant"]),
        "Which it is.",
    )],
};

static COSINE: Table = Table {
    header: "{ kind = \"cosine\", warmup, floor }",
    says: "A linear warm-up, then a cosine down.",
    one_of: &[],
    keys: &[
        Key::required("kind", Takes::OneOf(&["cosine"]), "Which it is."),
        Key::required("warmup", Takes::Count(0, i64::MAX as u64), "Steps up."),
        Key::required(
            "floor",
            ANY_NUMBER,
            "The share of the rate that it ends at.",
        ),
    ],
};

static SCHEDULES: [Takes; 2] = [Takes::Table(&CONSTANT), Takes::Table(&COSINE)];

static GIVE_UP: Table = Table {
    header: "{ at, below }",
    says: "Ends a run at a step where it is too far behind.",
    one_of: &[],
    keys: &[
        Key::required("at", Takes::Count(0, i64::MAX as u64), "The step."),
        Key::required(
            "below",
            ANY_NUMBER,
            "The best validation accuracy that is too low there.",
        ),
    ],
};

/// Those that are whole names, then the two that stand for many.
pub(super) fn job_keys() -> Vec<JobKey> {
    let fields = FIELDS.iter().filter(|field| field.key);
    let fields = fields.map(of_recipe);
    let (many, whole): (Vec<JobKey>, Vec<JobKey>) = KEYS
        .into_iter()
        .chain(fields)
        .partition(|key| key.name.contains('.'));
    whole.into_iter().chain(many).collect()
}

/// Every setting of a recipe.
pub(super) fn recipe_keys() -> Vec<JobKey> {
    FIELDS.iter().map(of_recipe).collect()
}

fn of_recipe(field: &'static Field) -> JobKey {
    key(field.name, takes(field), field.doc)
}

/// What a setting of a recipe takes.
fn takes(field: &Field) -> Takes {
    match field.kind {
        "u64" | "usize" => {
            let least = field.range.map_or(0.0, |range| range.least().0);
            let most = field.range.and_then(Range::most);
            let most = most.map_or(i64::MAX as u64, |(most, _)| most as u64);
            Takes::Count(least as u64, most)
        }
        "f64" => {
            let least = field.range.map(Range::least);
            let most = field.range.and_then(Range::most);
            Takes::Number(Bounds {
                least: least.map(|(least, _)| least),
                is_above: least.is_some_and(|(_, is_above)| is_above),
                most: most.map(|(most, _)| most),
                is_below: most.is_some_and(|(_, is_below)| is_below),
            })
        }
        "Precision" => Takes::OneOf(&["f32", "bf16", "f16"]),
        "Schedule" => Takes::Either(&SCHEDULES),
        "Option<GiveUp>" => Takes::Table(&GIVE_UP),
        kind => unreachable!("nobody says what a {kind} is"),
    }
}
