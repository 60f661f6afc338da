//! Made-up runs shaped like the real ones: text, pixels and bytes.

// Each test file is a crate that uses a part of it.
#![allow(dead_code, clippy::unwrap_used)]

use evidence::{
    Axis, Cell, Claim, ClaimTest, Curve, Flag, Looks, MEASURES, Measure, Place, Question, Quoted,
    Run, TEST_ACCURACY, TableSpec, Term, seed,
};
use freezing_policy::{Group, GroupCount};
use std::collections::BTreeMap;
use tasks::Floor;
use training::{CurvePoint, JobId, Score, Tested};

/// Final accuracy and the step of half the rise.
type Rise = (f64, f64);

/// Task, floor, and how text, image, bit and random rise.
pub const TASKS: [(&str, f64, [Rise; 4]); 4] = [
    (
        "bit-memory",
        0.75,
        [
            (0.954, 2600.0),
            (0.90, 3000.0),
            (0.999, 700.0),
            (0.763, 2500.0),
        ],
    ),
    (
        "bit-xor",
        0.5,
        [(1.0, 600.0), (1.0, 900.0), (1.0, 500.0), (1.0, 1900.0)],
    ),
    (
        "listops",
        0.169,
        [
            (0.313, 900.0),
            (0.29, 1000.0),
            (0.25, 1200.0),
            (0.2, 1400.0),
        ],
    ),
    (
        "mnist",
        0.1135,
        [(0.852, 500.0), (0.90, 350.0), (0.83, 600.0), (0.807, 650.0)],
    ),
];
pub const ROWS: [&str; 4] = ["text", "image", "bit", "random"];

pub fn axes(row: &str, task: &str) -> Vec<(String, String)> {
    [("pretraining", row), ("task", task)]
        .map(|(axis, value)| (axis.to_owned(), value.to_owned()))
        .to_vec()
}

pub fn measure(name: &str) -> &'static Measure {
    MEASURES.iter().find(|m| m.name == name).unwrap()
}

/// A claim of accuracies: bodies and tasks with their weights.
pub fn claim(says: &str, compared: &str, terms: &[(f64, &str, &str)]) -> Claim {
    let term = |(weight, row, task): &(f64, &str, &str)| Term {
        weight: *weight,
        place: Place::of(&axes(row, task)),
    };
    Claim {
        says: says.to_owned(),
        terms: terms.iter().map(term).collect(),
        measure: &TEST_ACCURACY,
        at: None,
        test: ClaimTest::More { by: 0.0 },
        margin: 0.02,
        compared: compared.to_owned(),
        paper: None,
        critics: None,
    }
}

pub fn quoted(says: &str, flag: Flag) -> Option<Quoted> {
    let says = says.to_owned();
    Some(Quoted { says, flag })
}

/// A claim of each form.
pub fn claims() -> Vec<Claim> {
    vec![
        Claim {
            paper: quoted("100.0 against 75.8", Flag::Secondary),
            critics: quoted("the gap is the learning rate's", Flag::Recalled),
            ..claim(
                "Text pretraining beats a random body on Bit Memory",
                "text against random on task bit-memory",
                &[(1.0, "text", "bit-memory"), (-1.0, "random", "bit-memory")],
            )
        },
        Claim {
            paper: quoted("98.0 against 91.7", Flag::Secondary),
            ..claim(
                "Text pretraining beats a random body on MNIST",
                "text against random on task mnist",
                &[(1.0, "text", "mnist"), (-1.0, "random", "mnist")],
            )
        },
        Claim {
            measure: measure("steps_to_accuracy"),
            at: Some(0.95),
            margin: 500.0,
            ..claim(
                "A text body solves Bit XOR in fewer steps than a random one",
                "text against random on task bit-xor",
                &[(-1.0, "text", "bit-xor"), (1.0, "random", "bit-xor")],
            )
        },
        Claim {
            test: ClaimTest::Within,
            ..claim(
                "Text and image bodies solve Bit XOR equally well",
                "text against image on task bit-xor",
                &[(1.0, "text", "bit-xor"), (-1.0, "image", "bit-xor")],
            )
        },
        claim(
            "A text body ends higher on Bit XOR than a random one",
            "text against random on task bit-xor",
            &[(1.0, "text", "bit-xor"), (-1.0, "random", "bit-xor")],
        ),
        Claim {
            test: ClaimTest::More { by: 0.1 },
            ..claim(
                "The lead of text over image is at least ten points larger on Bit Memory than on MNIST",
                "text against image, bit-memory against mnist",
                &[
                    (1.0, "text", "bit-memory"),
                    (-1.0, "image", "bit-memory"),
                    (-1.0, "text", "mnist"),
                    (1.0, "image", "mnist"),
                ],
            )
        },
        claim(
            "A random body beats an image body on MNIST",
            "random against image on task mnist",
            &[(1.0, "random", "mnist"), (-1.0, "image", "mnist")],
        ),
    ]
}

pub fn question() -> Question {
    let strings = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    let paper = include_str!("../../../../experiments/paper/table-2.toml");
    Question {
        name: "modality".to_owned(),
        question: "Does it matter which modality the body was pretrained on?".to_owned(),
        paper: vec![toml::from_str(paper).unwrap()],
        axes: vec![
            Axis {
                key: "pretraining".to_owned(),
                values: strings(&ROWS),
            },
            Axis {
                key: "task".to_owned(),
                values: strings(&TASKS.map(|task| task.0)),
            },
        ],
        table: TableSpec {
            rows: "pretraining".to_owned(),
            columns: "task".to_owned(),
            reference: Some(("pretraining".to_owned(), "random".to_owned())),
            measure: &TEST_ACCURACY,
        },
        claims: claims(),
        protocols: Vec::new(),
        chooses: false,
        looks: Looks {
            at: vec![3, 5, 8, 12],
            weights: vec![0.4, 0.2, 0.2, 0.2],
        },
        chosen_seeds: false,
        means_nothing: false,
        one_body: Vec::new(),
    }
}

/// Noise without a generator: the same on every machine.
pub fn noise(index: u64) -> f64 {
    let hash = (index + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let hash = (hash ^ (hash >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((hash ^ (hash >> 32)) >> 40) as f64 / (1_u64 << 24) as f64 - 0.5
}

pub type Rows = (Vec<Run>, Vec<Curve>, Vec<Cell>);

/// So many replicates with as many jobs around each body, those that are finished with their rows.
pub fn study(replicates: u64, jobs: u64, finished: impl Fn(&Cell) -> bool) -> Rows {
    let (mut runs, mut curves, mut cells) = (Vec::new(), Vec::new(), Vec::new());
    for (t, (task, ..)) in TASKS.iter().enumerate() {
        for (r, row) in ROWS.iter().enumerate() {
            for seed in 1..=replicates * jobs {
                let seed = seed::seed((seed - 1) / jobs + 1, (seed - 1) % jobs);
                let key = (t as u64 * 4 + r as u64) * 100 + seed;
                let cell = Cell {
                    axes: axes(row, task),
                    rate: None,
                    seed,
                    job: JobId(format!("{key:016x}")),
                };
                cells.push(cell.clone());
                if finished(&cell) {
                    let (run, curve) = run(cell, t, r, key);
                    runs.push(run);
                    curves.push(curve);
                }
            }
        }
    }
    (runs, curves, cells)
}

fn run(cell: Cell, t: usize, r: usize, key: u64) -> (Run, Curve) {
    let (task, floor, finals) = &TASKS[t];
    let (end, half) = finals[r];
    let half = half * (1.0 + 0.3 * noise(key));
    // What there is nothing to learn from is solved alike.
    let spread = if *task == "bit-xor" { 0.001 } else { 0.02 };
    let end = (end + spread * noise(key + 7)).min(1.0);
    let point = |index: u64| {
        let step = index * 100;
        let rise = 1.0 / (1.0 + (-(step as f64 - half) / (half / 4.0)).exp());
        let share = rise + 0.02 * noise(key * 1000 + index);
        let accuracy = (floor + (end - floor) * share).clamp(0.0, 1.0);
        CurvePoint {
            step,
            train_loss: 2.3 * (1.05 - accuracy),
            train_accuracy: accuracy,
            validation_loss: 2.3 * (1.05 - accuracy),
            validation_accuracy: accuracy,
        }
    };
    let points: Vec<_> = (1..=40).map(point).collect();
    let test = Score {
        loss: 0.5,
        accuracy: end,
        examples: 10_000,
    };
    let strategy = if t < 2 {
        "copy and guess"
    } else {
        "majority class"
    };
    let floor = Floor {
        strategy: strategy.to_owned(),
        accuracy: *floor,
    };
    let count = |trained, total| GroupCount { trained, total };
    let run = Run {
        cell: cell.clone(),
        task: (*task).to_owned(),
        form: "paper".to_owned(),
        policy: "fpt".to_owned(),
        learning_rate: 1e-3,
        batch_size: 16,
        steps: 4000,
        tested_step: 4000,
        diverged: None,
        test,
        train: None,
        attention: None,
        attention_uniform: None,
        attention_map: None,
        tests: vec![Tested {
            name: "test".to_owned(),
            score: test,
            floors: vec![floor.clone()],
        }],
        floor,
        device: None,
        parameters: BTreeMap::from([
            (Group::Input, count(1_000, 1_000)),
            (Group::Attention, count(0, 9_000)),
        ]),
    };
    (run, Curve { cell, points })
}

/// As a study looks half way: one task has not begun, one replicate of another is missing.
pub fn half_way(cell: &Cell) -> bool {
    let task = cell.axes[1].1.as_str();
    task != "listops" && !(task == "mnist" && cell.axes[0].1 == "text" && cell.seed == 3)
}

/// Keeps a figure for eyes, in the folder that `FIGURE` names.
pub fn keep(figure: &report::Figure, name: &str) {
    if let Some(dir) = std::env::var_os("FIGURE") {
        let path = std::path::Path::new(&dir).join(name);
        std::fs::write(path.with_extension("svg"), &figure.svg).unwrap();
        std::fs::write(path.with_extension("png"), &figure.png).unwrap();
    }
}
