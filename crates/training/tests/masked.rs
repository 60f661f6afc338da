//! Bodies that look both ways learn to predict hidden bytes.
#![allow(clippy::unwrap_used)]

mod common;

use backbone::{BodyConfig, Remake, Size};
use common::{Watcher, start};
use std::fs;
use std::path::Path;
use tasks::Form;
use training::{Initialisation, Job, Recipe, TaskSpec, ledger};

/// Documents of eight letters in long runs: what was hidden stands beside it.
fn corpus(folder: &Path) {
    for number in 0..5 {
        let letters = (b'a'..=b'h').cycle().skip(number).step_by(3).take(16);
        let text: Vec<u8> = letters.flat_map(|letter| [letter; 40]).collect();
        fs::write(folder.join(format!("{number}.txt")), text).unwrap();
    }
}

fn body(name: &str) -> BodyConfig {
    let size = Size {
        layers: 2,
        width: 32,
        heads: 2,
        positions: 32,
        vocabulary: 256,
    };
    BodyConfig::of_size(name, &size).unwrap()
}

fn job(task: &str, corpus: &Path, body: BodyConfig) -> Job {
    let mut settings = toml::toml! { context = 24 };
    settings.insert("corpus".into(), corpus.to_str().unwrap().into());
    Job {
        seed: 1,
        body_seed: None,
        policy: "full".to_owned(),
        keep_body: true,
        initialisation: Initialisation::Random {},
        remakes: Vec::new(),
        task: TaskSpec::new(task, Form::Fair, tasks::settings(task, &settings).unwrap()),
        recipe: Recipe {
            steps: 300,
            batch_size: 16,
            learning_rate: 3e-3,
            evaluate_every: 100,
            dropout: 0.0,
            ..Recipe::paper()
        },
        body,
    }
}

#[test]
fn every_body_that_looks_both_ways_learns_what_was_hidden() {
    for name in ["bert", "roberta", "t5", "longformer"] {
        let folder = tempfile::tempdir().unwrap();
        corpus(folder.path());
        let job = job("masked-text", folder.path(), body(name));
        let mut watcher = Watcher::default();
        let outcome = start(&job, folder.path(), &mut watcher).unwrap();
        let (first, score) = (&watcher.curve[0], &outcome.test.score);
        assert!(
            watcher.curve[1].validation_loss < first.validation_loss,
            "{name}"
        );
        // One letter in eight by chance, one byte in ten by copying.
        assert!(
            score.loss < 1.5 && score.accuracy > 0.5,
            "{name}: {score:?}"
        );
        assert!(outcome.test.floor().accuracy < 0.25, "{name}");
        // What fills gaps goes on with nothing.
        assert_eq!(outcome.sample, None, "{name}");
    }
}

#[test]
fn only_what_predicts_the_next_byte_goes_on_with_a_text() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    for (task, speaks) in [("text", true), ("masked-text", false)] {
        let mut job = job(task, folder.path(), body("gpt2"));
        job.recipe.steps = 10;
        let outcome = start(&job, folder.path(), &mut Watcher::default()).unwrap();
        assert_eq!(outcome.sample.is_some(), speaks, "{task}");
    }
}

#[test]
fn a_longformer_starts_from_a_masked_roberta() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let mut pretraining = job("masked-text", folder.path(), body("roberta"));
    pretraining.recipe.steps = 10;
    start(&pretraining, folder.path(), &mut Watcher::default()).unwrap();
    let settings = "validation-examples = 64\ntest-examples = 64"
        .parse()
        .unwrap();
    let job = Job {
        policy: "fpt".to_owned(),
        keep_body: false,
        initialisation: Initialisation::Job {
            id: pretraining.id(),
        },
        remakes: vec![Remake::Longformer {}],
        task: TaskSpec::new(
            "bit-xor",
            Form::Fair,
            tasks::settings("bit-xor", &settings).unwrap(),
        ),
        body: body("longformer"),
        ..pretraining
    };
    let outcome = start(&job, folder.path(), &mut Watcher::default()).unwrap();
    assert_eq!(outcome.parameters, ledger(&job).unwrap());
}
