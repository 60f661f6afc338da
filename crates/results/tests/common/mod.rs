//! A job, and what it leaves.
// Each test uses some of it.
#![allow(dead_code)]

use evidence::Cell;
use freezing_policy::{Group, GroupCount};
use results::{JobFolder, Provenance, Store};
use std::collections::BTreeMap;
use tasks::Floor;
use training::{CurvePoint, Job, Outcome, Score, Tested};

pub fn job(seed: u64) -> Job {
    toml::from_str(&format!(
        r#"
        seed = {seed}
        policy = "fpt"
        initialisation = {{ from = "random" }}
        [task]
        name = "mnist"
        form = "paper"
        settings = {{ patch = 7 }}
        [recipe]
        steps = 200
        batch-size = 16
        learning-rate = 1e-3
        evaluate-every = 100
        curve-examples = 0
        patience = 0
        dropout = 0.1
        clip-norm = 1.0
        input-gain = 1.41
        weight-decay = 0.0
        schedule = {{ kind = "constant" }}
        [body]
        model_type = "gpt2"
        vocab_size = 256
        n_positions = 128
        n_embd = 128
        n_layer = 4
        n_head = 4
        layer_norm_epsilon = 1e-5
        initializer_range = 0.02
        "#
    ))
    .unwrap()
}

pub fn points() -> Vec<CurvePoint> {
    let point = |step: u64| CurvePoint {
        step,
        train_loss: 1.0 / step as f64,
        train_accuracy: 0.25,
        validation_loss: f64::NAN,
        validation_accuracy: 0.1 + step as f64 / 1000.0,
    };
    [100, 200].map(point).to_vec()
}

fn tested(name: &str, accuracy: f64) -> Tested {
    let floor = |strategy: &str, accuracy| Floor {
        strategy: strategy.to_owned(),
        accuracy,
    };
    Tested {
        name: name.to_owned(),
        score: Score {
            loss: 0.7,
            accuracy,
            examples: 10_000,
        },
        floors: vec![floor("majority class", 0.1135), floor("nearest mean", 0.2)],
    }
}

pub fn outcome() -> Outcome {
    Outcome {
        train: None,
        attention: None,
        attention_uniform: None,
        attention_map: None,
        steps: 200,
        tested_step: 200,
        diverged: Some(201),
        test: tested("test", 0.81),
        further: vec![tested("holdout", 0.4)],
        parameters: BTreeMap::from([
            (
                Group::Input,
                GroupCount {
                    trained: 6_400,
                    total: 6_400,
                },
            ),
            (
                Group::Attention,
                GroupCount {
                    trained: 0,
                    total: 263_168,
                },
            ),
        ]),
        sample: None,
    }
}

pub fn provenance(finished_at: u64) -> Provenance {
    Provenance {
        wall_seconds: finished_at as f64 / 7.0,
        processor_seconds: Some(finished_at as f64 / 8.0),
        device: "flex".to_owned(),
        device_name: None,
        driver: None,
        threads: 1,
        version: "0.1.0".to_owned(),
        git_commit: None,
        git_dirty: Some(true),
        finished_at,
        read: Default::default(),
        log: None,
    }
}

pub fn run(store: &Store, seed: u64, finished_at: u64) -> JobFolder {
    let folder = store.job(&job(seed).id());
    folder.create(&job(seed)).unwrap();
    folder.write_curve(&points()).unwrap();
    folder.finish(&outcome(), &provenance(finished_at)).unwrap();
    folder
}

pub fn cells() -> Vec<Cell> {
    // Axes may be called like other columns.
    let axes = [
        ("pretraining", "random"),
        ("task", "mnist"),
        ("steps", "200"),
    ];
    let axes = axes
        .map(|(axis, value)| (axis.to_owned(), value.to_owned()))
        .to_vec();
    (1..=3)
        .map(|seed| Cell {
            axes: axes.clone(),
            rate: None,
            seed,
            job: job(seed).id(),
        })
        .collect()
}
