//! What jobs of one process share changes nothing in what they find.
#![allow(clippy::unwrap_used)]

mod common;

use backbone::{BodyConfig, Gpt2Config, Remake, Unit};
use common::{Watcher, start_with};
use tasks::Form;
use training::{
    Checkpoint, CurvePoint, Initialisation, Job, Outcome, Recipe, Reuse, TaskSpec, same_body,
};

fn job(policy: &str, task: &str, seed: u64) -> Job {
    let settings = match task {
        "bit-xor" => "bits = 3\nvalidation-examples = 32\ntest-examples = 32",
        _ => "patterns = 2\nbits = 4\npatch = 2\nvalidation-examples = 32\ntest-examples = 32",
    };
    Job {
        seed,
        body_seed: None,
        policy: policy.to_owned(),
        keep_body: false,
        initialisation: Initialisation::Random {},
        remakes: Vec::new(),
        task: TaskSpec::new(
            task,
            Form::Fair,
            tasks::settings(task, &settings.parse().unwrap()).unwrap(),
        ),
        recipe: Recipe {
            steps: 20,
            batch_size: 4,
            evaluate_every: 10,
            ..Recipe::paper()
        },
        body: BodyConfig::Gpt2(Gpt2Config {
            vocab_size: 5,
            n_positions: 12,
            n_embd: 16,
            n_layer: 2,
            n_head: 2,
            n_inner: None,
            activation_function: backbone::Activation::GeluNew,
            layer_norm_epsilon: 1e-5,
            initializer_range: 0.02,
        }),
    }
}

fn train(job: &Job, reuse: &Reuse) -> (Outcome, Vec<CurvePoint>) {
    let folder = tempfile::tempdir().unwrap();
    let mut watcher = Watcher::default();
    let outcome = start_with(job, folder.path(), reuse, &mut watcher).unwrap();
    (outcome, watcher.curve)
}

#[test]
fn a_job_on_the_last_ones_body_finds_what_it_finds_alone() {
    let reuse = Reuse::default();
    // A policy that trains the whole body in between, and another seed's body.
    for (policy, task, seed) in [
        ("fpt", "bit-xor", 1),
        ("fpt", "bit-memory", 1),
        ("output", "bit-memory", 1),
        ("full", "bit-xor", 1),
        ("full", "bit-xor", 1),
        ("fpt", "bit-xor", 1),
        ("fpt", "bit-xor", 2),
        ("fpt", "bit-xor", 1),
    ] {
        let job = job(policy, task, seed);
        assert_eq!(train(&job, &reuse), train(&job, &Reuse::default()));
    }
}

#[test]
fn bodies_are_the_same_where_every_number_is() {
    let one = job("fpt", "bit-xor", 1);
    assert!(same_body(&one, &job("full", "bit-memory", 1)));
    assert!(!same_body(&one, &job("fpt", "bit-xor", 2)));
    let checkpoint = |seed| Job {
        initialisation: Initialisation::Checkpoint(Checkpoint {
            source: "somewhere".to_owned(),
            content: None,
            commit: None,
        }),
        ..job("fpt", "bit-xor", seed)
    };
    assert!(same_body(&checkpoint(1), &checkpoint(2)));
    assert!(!same_body(&checkpoint(1), &one));
    let drawn = |seed| Job {
        remakes: vec![Remake::Statistics { of: Unit::Tensor }],
        ..checkpoint(seed)
    };
    assert!(same_body(&drawn(1), &drawn(1)));
    assert!(!same_body(&drawn(1), &drawn(2)));
    assert!(!same_body(&drawn(1), &checkpoint(1)));
    let mut longer = one.clone();
    let BodyConfig::Gpt2(config) = &mut longer.body else {
        panic!("a GPT-2")
    };
    config.n_positions += 1;
    assert!(!same_body(&one, &longer));
}
