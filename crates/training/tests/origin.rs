//! A run stays with the body that it started from, and is named by what it reads.
#![allow(clippy::unwrap_used)]

mod common;

use backbone::{BodyConfig, Gpt2Config};
use common::{Watcher, start, start_with};
use std::fs;
use std::path::Path;
use tasks::Form;
use training::{Checkpoint, Initialisation, Job, Recipe, Reuse, TaskSpec};

fn job(policy: &str, seed: u64) -> Job {
    let settings = "bits = 3\nvalidation-examples = 32\ntest-examples = 32";
    let settings = tasks::settings("bit-xor", &settings.parse().unwrap()).unwrap();
    Job {
        seed,
        body_seed: None,
        policy: policy.to_owned(),
        keep_body: false,
        initialisation: Initialisation::Random {},
        remakes: Vec::new(),
        task: TaskSpec::new("bit-xor", Form::Fair, settings),
        recipe: Recipe {
            steps: 20,
            batch_size: 4,
            evaluate_every: 10,
            ..Recipe::paper()
        },
        body: BodyConfig::Gpt2(Gpt2Config {
            vocab_size: 5,
            n_positions: 8,
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

/// Pretrains with a seed and puts the body where the first seed's would be.
fn pretrain(seed: u64, folder: &Path) -> Job {
    let first = Job {
        keep_body: true,
        ..job("full", 1)
    };
    let other = Job {
        seed,
        ..first.clone()
    };
    let beside = tempfile::tempdir().unwrap();
    start(&other, beside.path(), &mut Watcher::default()).unwrap();
    let place = folder.join(first.id().0);
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).unwrap();
    for entry in fs::read_dir(beside.path().join(other.id().0)).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), place.join(entry.file_name())).unwrap();
    }
    Job {
        initialisation: Initialisation::Job { id: first.id() },
        ..job("fpt", 1)
    }
}

#[test]
fn an_interrupted_run_does_not_go_on_around_another_body() {
    let [folder, fresh] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let job = pretrain(1, folder.path());
    let mut stopped = Watcher {
        stop_at: Some(15),
        ..Watcher::default()
    };
    start(&job, folder.path(), &mut stopped).unwrap_err();
    // The same body again: it goes on.
    pretrain(1, folder.path());
    let mut stopped = Watcher {
        stop_at: Some(17),
        ..Watcher::default()
    };
    start(&job, folder.path(), &mut stopped).unwrap_err();
    assert!(
        stopped
            .notes
            .iter()
            .any(|note| note.contains("goes on from step 15")),
        "{:?}",
        stopped.notes
    );

    pretrain(2, folder.path());
    let mut stopped_again = Watcher {
        stop_at: Some(15),
        ..Watcher::default()
    };
    start(&job, folder.path(), &mut stopped_again).unwrap_err();
    // The first point is the best so far: of the other body nothing is left to pass for it.
    let weights = |what: &str| fs::read(folder.path().join("checkpoint").join(what)).unwrap();
    assert!(weights("best-10.bpk") == weights("model-10.bpk"));
    assert_eq!(stopped_again.curve.len(), 1);
    assert_ne!(stopped_again.curve, stopped.curve);

    pretrain(1, folder.path());
    let mut back = Watcher {
        stop_at: Some(5),
        ..Watcher::default()
    };
    start(&job, folder.path(), &mut back).unwrap_err();
    pretrain(2, folder.path());
    let mut resumed = Watcher::default();
    start(&job, folder.path(), &mut resumed).unwrap();
    assert!(
        resumed
            .notes
            .iter()
            .any(|note| note.contains("another one now")),
        "{:?}",
        resumed.notes
    );
    pretrain(2, fresh.path());
    let mut expected = Watcher::default();
    start(&job, fresh.path(), &mut expected).unwrap();
    assert_eq!(resumed.curve, expected.curve);
    assert_ne!(resumed.curve[0], stopped.curve[0]);
}

#[test]
fn a_body_that_was_replaced_is_not_the_last_one() {
    let [folder, fresh] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let reuse = Reuse::default();
    let job = pretrain(1, folder.path());
    start_with(&job, folder.path(), &reuse, &mut Watcher::default()).unwrap();
    pretrain(2, folder.path());
    fs::remove_dir_all(folder.path().join("checkpoint")).unwrap();
    let mut after = Watcher::default();
    start_with(&job, folder.path(), &reuse, &mut after).unwrap();
    pretrain(2, fresh.path());
    let mut expected = Watcher::default();
    start(&job, fresh.path(), &mut expected).unwrap();
    assert_eq!(after.curve, expected.curve);
}

#[test]
fn the_id_is_of_contents_and_of_no_place() {
    let of = |source: &str, content: Option<&str>, commit: Option<&str>| {
        let own = |text: Option<&str>| text.map(ToOwned::to_owned);
        let checkpoint = Checkpoint {
            source: source.to_owned(),
            content: own(content),
            commit: own(commit),
        };
        let initialisation = Initialisation::Checkpoint(checkpoint);
        Job {
            initialisation,
            ..job("fpt", 1)
        }
        .id()
    };
    assert_eq!(of("./a", Some("1"), None), of("/b", Some("1"), None));
    assert_ne!(of("./a", Some("1"), None), of("./a", Some("2"), None));
    assert_ne!(
        of("o/n", Some("1"), Some("1")),
        of("o/n", Some("1"), Some("2"))
    );
    assert_ne!(of("./a", None, None), of("./b", None, None));

    let listops = |folder: &str, content: Option<&str>, tokens: usize| {
        let settings = format!("folder = \"{folder}\"\ntokens = {tokens}");
        let settings = tasks::settings("listops", &settings.parse().unwrap()).unwrap();
        let task = TaskSpec {
            content: content.map(ToOwned::to_owned),
            ..TaskSpec::new("listops", Form::Fair, settings)
        };
        Job {
            task,
            ..job("fpt", 1)
        }
        .id()
    };
    assert_eq!(listops("./a", Some("1"), 9), listops("/b", Some("1"), 9));
    assert_ne!(listops("./a", Some("1"), 9), listops("./a", Some("2"), 9));
    assert_ne!(listops("./a", Some("1"), 9), listops("./a", Some("1"), 8));
    assert_ne!(listops("./a", None, 9), listops("./b", None, 9));

    // Another version of what a task draws is another job; the first version says nothing.
    let mut drawn = job("fpt", 1);
    assert!(!serde_json::to_string(&drawn).unwrap().contains("version"));
    let first = drawn.id();
    drawn.task.version = 2;
    assert_ne!(drawn.id(), first);
}
