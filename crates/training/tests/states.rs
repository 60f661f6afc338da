//! Hidden states that are kept change how long a run takes, and nothing else.
#![allow(clippy::unwrap_used)]

mod common;

use backbone::{BodyConfig, Gpt2Config, InitialState, LstmConfig, NormInit};
use common::{Watcher, start};
use std::fs;
use std::path::{Path, PathBuf};
use tasks::Form;
use training::{Checkpoint, Initialisation, Job, Outcome, Recipe, TaskSpec, TrainingError};

/// Policies under which all of the body is frozen, and all but its last layer.
const POLICIES: [&str; 2] = ["output", "output+attention@last"];

/// Two epochs and a half of 128 expressions.
fn job() -> Job {
    let settings = "tokens = 16\nmin-length = 2\nmax-length = 17\nmax-depth = 3\nmax-args = 4\n\
                    train-examples = 128\nvalidation-examples = 64\ntest-examples = 150";
    Job {
        seed: 1,
        body_seed: None,
        policy: "output".to_owned(),
        keep_body: false,
        initialisation: Initialisation::Random {},
        remakes: Vec::new(),
        task: TaskSpec::new(
            "listops",
            Form::Fair,
            tasks::settings("listops", &settings.parse().unwrap()).unwrap(),
        ),
        recipe: Recipe {
            steps: 40,
            batch_size: 8,
            evaluate_every: 10,
            dropout: 0.0,
            ..Recipe::paper()
        },
        body: BodyConfig::Gpt2(Gpt2Config {
            vocab_size: 5,
            n_positions: 16,
            n_embd: 32,
            n_layer: 2,
            n_head: 2,
            n_inner: None,
            activation_function: backbone::Activation::GeluNew,
            layer_norm_epsilon: 1e-5,
            initializer_range: 0.02,
        }),
    }
}

fn under(policy: &str) -> Job {
    Job {
        policy: policy.to_owned(),
        ..job()
    }
}

/// Runs a job from step 0.
fn whole(job: &Job, folder: &Path) -> (Outcome, Watcher) {
    let _ = fs::remove_dir_all(folder.join("checkpoint"));
    let mut watcher = Watcher::default();
    (start(job, folder, &mut watcher).unwrap(), watcher)
}

/// A run that keeps nothing, since a file is where its folder would be.
fn plain(job: &Job) -> (Outcome, Watcher) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("features"), "no folder").unwrap();
    whole(job, folder.path())
}

/// The files of kept hidden states.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("features"));
    let paths = entries.into_iter().flatten();
    paths.map(|entry| entry.unwrap().path()).collect()
}

/// The only file of kept hidden states.
fn file(folder: &Path) -> PathBuf {
    let files = files(folder);
    assert_eq!(files.len(), 1);
    files[0].clone()
}

#[test]
fn the_numbers_are_the_same_bit_for_bit_with_and_without() {
    for policy in POLICIES {
        let (expected, plain) = plain(&under(policy));
        let folder = tempfile::tempdir().unwrap();
        for _ in ["computed", "read"] {
            let (outcome, watcher) = whole(&under(policy), folder.path());
            assert_eq!(watcher.curve, plain.curve, "{policy}");
            assert_eq!(outcome, expected);
        }
        assert_eq!(files(folder.path()).len(), 1);
    }
}

#[test]
fn jobs_that_freeze_the_same_share_their_rows() {
    let folder = tempfile::tempdir().unwrap();
    whole(&job(), folder.path());
    // Another learning rate, but not another seed or task.
    let mut other = job();
    other.recipe.learning_rate = 1e-2;
    whole(&other, folder.path());
    assert_eq!(files(folder.path()).len(), 1);
    other.seed = 2;
    whole(&other, folder.path());
    assert_eq!(files(folder.path()).len(), 2);
    other.task.form = Form::Paper;
    whole(&other, folder.path());
    assert_eq!(files(folder.path()).len(), 3);
    // Whatever trains in the last layer, what enters it is the same; it is not what is read.
    for policy in ["output+attention@1", "output+feed-forward@last"] {
        whole(&under(policy), folder.path());
        assert_eq!(files(folder.path()).len(), 4);
    }
}

#[test]
fn batches_of_any_size_give_the_same_numbers() {
    let BodyConfig::Gpt2(small) = job().body else {
        panic!("a GPT-2")
    };
    for batch_size in [1, 2, 3, 5, 8, 32, 33, 64] {
        let mut job = job();
        job.body = BodyConfig::Gpt2(Gpt2Config {
            n_embd: 128,
            n_head: 4,
            ..small.clone()
        });
        job.recipe.batch_size = batch_size;
        job.recipe.steps = 6;
        job.recipe.evaluate_every = 3;
        let (expected, plain) = plain(&job);
        let folder = tempfile::tempdir().unwrap();
        let (outcome, watcher) = whole(&job, folder.path());
        assert_eq!(watcher.curve, plain.curve, "{batch_size}");
        assert_eq!(outcome, expected);
    }
}

#[test]
fn every_body_gives_the_same_numbers() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../backbone/tests/fixtures");
    for policy in POLICIES {
        every_fixture(&fixtures, policy);
    }
}

/// Trains around every fixture with and without kept hidden states.
fn every_fixture(fixtures: &Path, policy: &str) {
    for entry in fs::read_dir(fixtures).unwrap() {
        let checkpoint = entry.unwrap().path();
        let settings = "tokens = 6\nmin-length = 2\nmax-length = 7\nmax-depth = 3\n\
                        max-args = 4\ntrain-examples = 20\nvalidation-examples = 8\n\
                        test-examples = 8";
        let mut job = under(policy);
        job.initialisation = Initialisation::Checkpoint(Checkpoint {
            source: checkpoint.display().to_string(),
            content: None,
            commit: None,
        });
        job.body = backbone::read_config(&checkpoint).unwrap();
        job.task.settings = tasks::settings("listops", &settings.parse().unwrap()).unwrap();
        let (expected, plain) = plain(&job);
        let folder = tempfile::tempdir().unwrap();
        let (outcome, watcher) = whole(&job, folder.path());
        assert_eq!(watcher.curve, plain.curve, "{}", checkpoint.display());
        assert_eq!(outcome, expected);
        assert_eq!(files(folder.path()).len(), 1, "{}", checkpoint.display());
    }
}

#[test]
fn a_model_can_be_cut_at_any_layer() {
    for layer in [1, 2, 3] {
        let mut job = under(&format!("output+both@{layer}-3"));
        let BodyConfig::Gpt2(config) = &mut job.body else {
            panic!("a GPT-2")
        };
        config.n_layer = 4;
        let (expected, plain) = plain(&job);
        let folder = tempfile::tempdir().unwrap();
        for _ in ["computed", "read"] {
            let (outcome, watcher) = whole(&job, folder.path());
            assert_eq!(watcher.curve, plain.curve, "{layer}");
            assert_eq!(outcome, expected);
        }
        assert_eq!(files(folder.path()).len(), 1);
    }
}

#[test]
fn a_stopped_run_goes_on_to_the_same_numbers() {
    for policy in POLICIES {
        let job = under(policy);
        let (expected, plain) = plain(&job);
        let folder = tempfile::tempdir().unwrap();
        let mut stopped = Watcher {
            stop_at: Some(25),
            ..Watcher::default()
        };
        let error = start(&job, folder.path(), &mut stopped).unwrap_err();
        assert!(matches!(error, TrainingError::Interrupted { step: 25 }));
        let mut resumed = Watcher::default();
        let outcome = start(&job, folder.path(), &mut resumed).unwrap();
        assert_eq!((outcome, resumed.curve), (expected, plain.curve));
        // What trained meanwhile is no part of what the rows depend on.
        assert_eq!(files(folder.path()).len(), 1);
    }
}

#[test]
fn damaged_rows_are_computed_again_and_other_files_give_way() {
    let folder = tempfile::tempdir().unwrap();
    let (expected, first) = whole(&job(), folder.path());
    let path = file(folder.path());
    let good = fs::read(&path).unwrap();
    let mut flipped = good.clone();
    // One bit in each kilobyte behind the header.
    flipped
        .iter_mut()
        .skip(200)
        .step_by(1024)
        .for_each(|byte| *byte ^= 4);
    for bad in [
        &flipped[..],
        &good[..good.len() / 2],
        b"something else",
        b"",
    ] {
        fs::write(&path, bad).unwrap();
        let (outcome, watcher) = whole(&job(), folder.path());
        assert_eq!(outcome, expected);
        assert_eq!(watcher.curve, first.curve);
        // Every row was read, so every row is whole again.
        assert!(fs::read(file(folder.path())).unwrap() == good);
    }
}

#[test]
fn nothing_is_kept_where_hidden_states_change() {
    let dropping = {
        let mut job = job();
        job.recipe.dropout = 0.1;
        job
    };
    let drawing = Job {
        body: BodyConfig::Lstm(LstmConfig {
            hidden_size: 8,
            num_hidden_layers: 1,
            max_position_embeddings: 0,
            residual: false,
            norm_init: NormInit::Uniform,
            initial_state: InitialState::Noise,
            unbiased_variance: true,
            layer_norm_eps: 1e-5,
        }),
        ..job()
    };
    let mut drawn = job();
    let settings = "bits = 3\nvalidation-examples = 64\ntest-examples = 64";
    drawn.task = TaskSpec::new(
        "bit-xor",
        Form::Fair,
        tasks::settings("bit-xor", &settings.parse().unwrap()).unwrap(),
    );
    let training_below = under("output+layer-norm");
    let training_first = under("output+attention@0");
    for job in [dropping, training_below, training_first, drawing, drawn] {
        let folder = tempfile::tempdir().unwrap();
        whole(&job, folder.path());
        assert!(!folder.path().join("features").exists());
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_only_noted() {
    let (_, watcher) = plain(&job());
    let noted = |note: &String| note.contains("without kept hidden states");
    assert!(watcher.notes.iter().any(noted), "{:?}", watcher.notes);
}
