//! What a user relies on in a run: repeatable, resumable, and frozen where the policy says so.
#![allow(clippy::unwrap_used)]

mod common;

use backbone::{Body, BodyConfig, Gpt2Config, Init, Remake, Unit, load, read_config};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use common::{Watcher, start};
use freezing_policy::{Group, Ledger};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tasks::Form;
use training::{
    Checkpoint, Initialisation, Job, Precision, Recipe, TaskSpec, TrainingError, forget, ledger,
};

fn job(policy: &str) -> Job {
    let settings = "bits = 3\nvalidation-examples = 64\ntest-examples = 64"
        .parse()
        .unwrap();
    Job {
        seed: 1,
        body_seed: None,
        policy: policy.to_owned(),
        keep_body: false,
        initialisation: Initialisation::Random {},
        remakes: Vec::new(),
        task: TaskSpec::new(
            "bit-xor",
            Form::Fair,
            tasks::settings("bit-xor", &settings).unwrap(),
        ),
        recipe: Recipe {
            steps: 40,
            batch_size: 8,
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

#[test]
fn a_run_learns_and_repeats_bit_for_bit() {
    let mut job = job("full");
    job.recipe.steps = 400;
    job.recipe.evaluate_every = 100;
    job.recipe.dropout = 0.0;
    let [folder, elsewhere] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [mut first, mut second, mut resumed] = [(); 3].map(|()| Watcher::default());
    let outcome = start(&job, folder.path(), &mut first).unwrap();
    assert_eq!(outcome, start(&job, elsewhere.path(), &mut second).unwrap());
    assert_eq!(first.curve, second.curve);
    // What the finished run left behind holds the same numbers.
    assert_eq!(outcome, start(&job, folder.path(), &mut resumed).unwrap());
    assert_eq!(first.curve, resumed.curve);
    assert!(
        outcome.test.score.accuracy > outcome.test.floor().accuracy + 0.1,
        "{outcome:?}"
    );
    assert_eq!(first.curve.len(), 4);
}

#[test]
fn a_run_that_diverges_is_tested_as_it_was_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut stopped = Watcher {
        stop_at: Some(25),
        ..Watcher::default()
    };
    start(&job("fpt"), folder.path(), &mut stopped).unwrap_err();
    let mut wild = job("fpt");
    wild.recipe.learning_rate = 1e38;
    let mut watcher = Watcher::default();
    let outcome = start(&wild, folder.path(), &mut watcher).unwrap();
    assert!(
        outcome
            .diverged
            .is_some_and(|step| (20..40).contains(&step))
    );
    assert_eq!((outcome.steps, watcher.curve.len()), (20, 2));
    assert!(outcome.test.score.loss.is_finite());

    // Without an evaluation before it is what it started as, and a body for others is none.
    let empty = tempfile::tempdir().unwrap();
    let outcome = start(&wild, empty.path(), &mut Watcher::default()).unwrap();
    assert_eq!((outcome.steps, outcome.tested_step), (0, 0));
    assert!(outcome.diverged.is_some() && outcome.test.score.loss.is_finite());
    wild.policy = "full".to_owned();
    wild.keep_body = true;
    let empty = tempfile::tempdir().unwrap();
    let error = start(&wild, empty.path(), &mut Watcher::default()).unwrap_err();
    assert!(matches!(error, TrainingError::Diverged { .. }), "{error}");
}

/// Products in half precision round to about three digits; a run of forty steps stays near.
#[test]
fn frozen_weights_in_half_precision_give_nearly_the_same_curve() {
    for policy in ["fpt", "fpt+attention@last"] {
        let curve = |precision| {
            let mut job = job(policy);
            job.recipe.dropout = 0.0;
            job.recipe.precision = precision;
            let folder = tempfile::tempdir().unwrap();
            let mut watcher = Watcher::default();
            start(&job, folder.path(), &mut watcher).unwrap();
            watcher.curve
        };
        let [full, brain, half] = [Precision::F32, Precision::Bf16, Precision::F16].map(curve);
        assert!(full != brain && full != half && brain != half);
        for (full, half) in full.iter().chain(&full).zip(brain.iter().chain(&half)) {
            let apart = (full.train_loss - half.train_loss).abs();
            assert!(apart < 0.01, "{apart}");
        }
    }
}

#[test]
fn a_stopped_run_goes_on_to_the_same_numbers() {
    for policy in ["fpt", "full"] {
        let undisturbed = tempfile::tempdir().unwrap();
        let mut whole = Watcher::default();
        let expected = start(&job(policy), undisturbed.path(), &mut whole).unwrap();

        let folder = tempfile::tempdir().unwrap();
        let mut stopped = Watcher {
            stop_at: Some(25),
            ..Watcher::default()
        };
        let error = start(&job(policy), folder.path(), &mut stopped).unwrap_err();
        assert!(
            matches!(error, TrainingError::Interrupted { step: 25 }),
            "{error}"
        );
        let mut resumed = Watcher::default();
        assert_eq!(
            start(&job(policy), folder.path(), &mut resumed).unwrap(),
            expected
        );
        assert_eq!(resumed.curve, whole.curve);
        assert!(
            resumed.notes[0].contains("goes on from step 25"),
            "{:?}",
            resumed.notes
        );
        forget(&folder.path().join("checkpoint"));
        assert!(!folder.path().join("checkpoint").exists());
    }
}

/// Wherever it is stopped, and however often: no step is taken twice, and the numbers are those of a run that nobody stopped. A pause
/// that is damaged costs the steps since the last evaluation.
#[test]
fn a_run_that_is_stopped_at_every_turn_takes_each_step_once() {
    let undisturbed = tempfile::tempdir().unwrap();
    let mut whole = Watcher::default();
    let expected = start(&job("fpt"), undisturbed.path(), &mut whole).unwrap();
    let folder = tempfile::tempdir().unwrap();
    // At 10, 20 and 40 while it is evaluated.
    let mut before = None;
    for step in [1, 2, 9, 10, 11, 19, 20, 25, 39, 40] {
        let mut stopped = Watcher {
            stop_at: Some(step),
            ..Watcher::default()
        };
        let error = start(&job("fpt"), folder.path(), &mut stopped).unwrap_err();
        let said = matches!(error, TrainingError::Interrupted { step: at } if at == step);
        assert!(said, "{step}: {error}");
        if let Some(before) = before.replace(step) {
            let goes_on = format!("goes on from step {before}");
            assert!(stopped.notes[0].contains(&goes_on), "{:?}", stopped.notes);
        }
    }
    let mut resumed = Watcher::default();
    let outcome = start(&job("fpt"), folder.path(), &mut resumed).unwrap();
    assert!(resumed.notes[0].contains("goes on from step 40"));
    assert_eq!((&outcome, &resumed.curve), (&expected, &whole.curve));

    let paused = |file: &str| {
        let folder = tempfile::tempdir().unwrap();
        let mut stopped = Watcher {
            stop_at: Some(25),
            ..Watcher::default()
        };
        start(&job("fpt"), folder.path(), &mut stopped).unwrap_err();
        fs::write(folder.path().join("checkpoint/paused").join(file), b"{").unwrap();
        let mut resumed = Watcher::default();
        let outcome = start(&job("fpt"), folder.path(), &mut resumed).unwrap();
        assert_eq!(
            (outcome, resumed.curve),
            (expected.clone(), whole.curve.clone())
        );
        resumed.notes
    };
    for file in ["state.json", "model-25.bpk", "optimizer-25.bpk"] {
        let notes = paused(file);
        assert!(
            notes[0].contains("goes on from the last evaluation"),
            "{notes:?}"
        );
        assert!(notes[1].contains("goes on from step 20"), "{notes:?}");
    }
}

/// A run that is killed behind step 20 of 40, before it could store where it was; what its checkpoint consists of.
fn stopped(job: &Job, folder: &Path) -> Vec<PathBuf> {
    let mut watcher = Watcher {
        stop_at: Some(25),
        ..Watcher::default()
    };
    let error = start(job, folder, &mut watcher).unwrap_err();
    assert!(
        matches!(error, TrainingError::Interrupted { step: 25 }),
        "{error}"
    );
    fs::remove_dir_all(folder.join("checkpoint/paused")).unwrap();
    let entries = fs::read_dir(folder.join("checkpoint")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn whichever_file_of_a_checkpoint_is_damaged_twice_the_numbers_are_the_same() {
    let undisturbed = tempfile::tempdir().unwrap();
    let mut whole = Watcher::default();
    let expected = start(&job("fpt"), undisturbed.path(), &mut whole).unwrap();

    type Damage = fn(&[u8]) -> Vec<u8>;
    let halved = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    let flipped = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes.iter_mut().take(64).for_each(|byte| *byte ^= 0xff);
        bytes
    };
    let damages: [(&str, Damage); 3] = [
        ("halved", halved),
        ("emptied", |_| Vec::new()),
        ("flipped", flipped),
    ];
    let count = stopped(&job("fpt"), tempfile::tempdir().unwrap().path()).len();
    assert_eq!(count, 4, "model, optimizer, best and state");
    for file in 0..count {
        for (how, damage) in damages {
            let folder = tempfile::tempdir().unwrap();
            for round in 0..2 {
                let files = stopped(&job("fpt"), folder.path());
                let bytes = fs::read(&files[file]).unwrap();
                fs::write(&files[file], damage(&bytes)).unwrap();
                let what = format!("{} {how}, round {round}", files[file].display());
                // Stopped again before it ends, after having begun anew.
                let mut anew = Watcher {
                    stop_at: Some(15),
                    ..Watcher::default()
                };
                start(&job("fpt"), folder.path(), &mut anew).unwrap_err();
                assert!(
                    anew.notes[0].contains("starts anew"),
                    "{what}: {:?}",
                    anew.notes
                );
                assert!(
                    anew.notes[0].contains("checkpoint"),
                    "{what}: {:?}",
                    anew.notes
                );
                assert_eq!(anew.curve, whole.curve[..1], "{what}");
            }
            let mut resumed = Watcher::default();
            assert_eq!(
                start(&job("fpt"), folder.path(), &mut resumed).unwrap(),
                expected
            );
            assert!(resumed.notes[0].contains("goes on from step 15"));
            assert_eq!(resumed.curve, whole.curve);
        }
    }
}

/// A checkpoint that another user of a group's folder cannot read may hold thousands of steps.
#[test]
fn a_checkpoint_that_cannot_be_read_is_an_error_and_is_kept() {
    let undisturbed = tempfile::tempdir().unwrap();
    let mut whole = Watcher::default();
    let expected = start(&job("fpt"), undisturbed.path(), &mut whole).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for path in stopped(&job("fpt"), folder.path()) {
        // A folder in its place: modes do not keep out root, as whom tests may run.
        let aside = folder.path().join("aside");
        fs::rename(&path, &aside).unwrap();
        fs::create_dir(&path).unwrap();
        let error = start(&job("fpt"), folder.path(), &mut Watcher::default()).unwrap_err();
        let said = error.to_string();
        assert!(matches!(error, TrainingError::Unreadable { .. }), "{said}");
        assert!(said.contains(&path.display().to_string()), "{said}");
        assert!(
            said.contains("make it readable") && said.contains("remove"),
            "{said}"
        );
        fs::remove_dir(&path).unwrap();
        fs::rename(&aside, &path).unwrap();
    }
    let mut resumed = Watcher::default();
    let outcome = start(&job("fpt"), folder.path(), &mut resumed).unwrap();
    assert!(resumed.notes[0].contains("goes on from step 20"));
    assert_eq!((outcome, resumed.curve), (expected, whole.curve));
}

/// Checkpoint, trained parameters and the body for others: as the umask says, for a group's folder.
#[cfg(unix)]
#[test]
fn what_a_run_leaves_can_be_read_by_whom_the_umask_lets() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    fs::write(&plain, b"").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let mut job = job("fpt");
    job.keep_body = true;
    start(&job, folder.path(), &mut Watcher::default()).unwrap();
    let (body, checkpoint) = (
        folder.path().join(job.id().0),
        folder.path().join("checkpoint"),
    );
    let left = [body, checkpoint].map(|folder| fs::read_dir(folder).unwrap());
    let left = left
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path());
    let left: Vec<PathBuf> = left.chain([folder.path().join("trained.bpk")]).collect();
    assert_eq!(left.len(), 3 + 4 + 1, "{left:?}");
    for path in left {
        assert_eq!(mode(&path), mode(&plain), "{}", path.display());
    }
}

#[test]
fn frozen_weights_keep_their_bytes_and_trained_ones_do_not() {
    let mut job = job("fpt");
    job.keep_body = true;
    let folder = tempfile::tempdir().unwrap();
    start(&job, folder.path(), &mut Watcher::default()).unwrap();
    let device = Device::flex();
    let (_, Body::Gpt2(after)) = backbone::load(&folder.path().join(job.id().0), &device).unwrap()
    else {
        panic!("a GPT-2")
    };
    let mut rng = tasks::stream(job.seed, "init.body");
    let Body::Gpt2(before) = Body::random(&job.body, &mut Init::new(&mut rng, &device)).unwrap()
    else {
        panic!("a GPT-2")
    };
    for (before, after) in before.h.iter().zip(&after.h) {
        let same = |a: &backbone::Linear, b: &backbone::Linear| {
            a.weight.val().to_data() == b.weight.val().to_data()
                && a.bias.val().to_data() == b.bias.val().to_data()
        };
        assert!(same(&before.attn.c_attn, &after.attn.c_attn));
        assert!(same(&before.mlp.c_fc, &after.mlp.c_fc));
        assert_ne!(
            before.ln_1.weight.val().to_data(),
            after.ln_1.weight.val().to_data()
        );
    }
    assert_ne!(
        before.wpe.weight.val().to_data(),
        after.wpe.weight.val().to_data()
    );
    assert_eq!(
        before.wte.weight.val().to_data(),
        after.wte.weight.val().to_data()
    );
}

#[test]
fn a_pretraining_is_a_job_that_others_start_from() {
    let mut pretraining = job("full");
    pretraining.keep_body = true;
    let folder = tempfile::tempdir().unwrap();
    start(&pretraining, folder.path(), &mut Watcher::default()).unwrap();

    let id = pretraining.id();
    let statistics = Remake::Statistics { of: Unit::Layer };
    for remakes in [
        Vec::new(),
        vec![statistics],
        vec![Remake::ScaledResiduals {}],
    ] {
        let job = Job {
            initialisation: Initialisation::Job { id: id.clone() },
            remakes,
            ..job("output+layer-norm")
        };
        let outcome = start(&job, folder.path(), &mut Watcher::default()).unwrap();
        assert_eq!(outcome.parameters, ledger(&job).unwrap());
        assert_eq!(outcome.parameters[&Group::Attention].trained, 0);
        assert!(outcome.parameters[&Group::LayerNorm].trained > 0);
    }

    let mut other = job("fpt");
    other.initialisation = Initialisation::Job {
        id: pretraining.id(),
    };
    let BodyConfig::Gpt2(config) = &mut other.body else {
        panic!("a GPT-2")
    };
    config.n_layer = 1;
    let error = start(&other, folder.path(), &mut Watcher::default()).unwrap_err();
    assert!(
        matches!(error, TrainingError::BodyDiffers { .. }),
        "{error}"
    );
    other.remakes = vec![Remake::FirstLayers {}];
    start(&other, folder.path(), &mut Watcher::default()).unwrap();

    // One bit of the last weight.
    let body = folder.path().join(&pretraining.id().0);
    let weights = body.join("model.safetensors");
    let mut bytes = fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&weights, bytes).unwrap();
    let error = start(&other, folder.path(), &mut Watcher::default()).unwrap_err();
    let way_out = format!("delete {}", body.display());
    assert!(error.to_string().contains(&way_out), "{error}");
}

#[test]
fn a_sequence_longer_than_the_positions_is_an_error_before_anything_runs() {
    let mut job = job("fpt");
    let BodyConfig::Gpt2(config) = &mut job.body else {
        panic!("a GPT-2")
    };
    config.n_positions = 5;
    assert!(matches!(
        ledger(&job),
        Err(TrainingError::TooLong {
            positions: 5,
            tokens: 6,
            ..
        })
    ));
}

#[test]
fn the_papers_counts_come_out_for_its_body() {
    let settings = tasks::settings("mnist", &"patch = 4".parse().unwrap()).unwrap();
    let mut job = job("fpt");
    job.task = TaskSpec::new("mnist", Form::Paper, settings);
    job.body = BodyConfig::Gpt2(Gpt2Config {
        vocab_size: 50_257,
        n_positions: 1024,
        n_embd: 768,
        n_layer: 12,
        n_head: 12,
        n_inner: None,
        activation_function: backbone::Activation::GeluNew,
        layer_norm_epsilon: 1e-5,
        initializer_range: 0.02,
    });
    let counts = ledger(&job).unwrap();
    // PAPER section 1.7: what the official code trains on MNIST.
    assert_eq!(counts[&Group::Input].trained, 13_056);
    assert_eq!(counts[&Group::Output].trained, 7_690);
    assert_eq!(
        counts.values().map(|count| count.trained).sum::<usize>(),
        845_578
    );
}

#[test]
fn the_id_follows_every_setting_and_nothing_else() {
    let base = job("fpt");
    assert_eq!(base.id(), job("fpt").id());
    assert_ne!(base.id(), job("full").id());
    assert_ne!(
        base.id(),
        Job {
            seed: 2,
            ..base.clone()
        }
        .id()
    );
    let mut longer = base.clone();
    longer.recipe.steps += 1;
    assert_ne!(base.id(), longer.id());
}

#[test]
fn every_body_trains_and_keeps_what_is_frozen() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../backbone/tests/fixtures");
    let mut bodies: Vec<PathBuf> = std::fs::read_dir(fixtures)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    bodies.sort();
    assert!(bodies.len() >= 12);
    for checkpoint in bodies {
        let (_, before) = load(&checkpoint, &Device::flex()).unwrap();
        let job = Job {
            initialisation: Initialisation::Checkpoint(Checkpoint {
                source: checkpoint.display().to_string(),
                content: None,
                commit: None,
            }),
            keep_body: true,
            body: read_config(&checkpoint).unwrap(),
            ..job("input+output+layer-norm")
        };
        let folder = tempfile::tempdir().unwrap();
        let mut watcher = Watcher::default();
        let outcome = start(&job, folder.path(), &mut watcher).unwrap();
        let (first, last) = (&watcher.curve[0], watcher.curve.last().unwrap());
        assert!(
            outcome.test.score.loss.is_finite(),
            "{}",
            checkpoint.display()
        );
        assert_ne!(first.train_loss, last.train_loss);

        let (_, after) = load(&folder.path().join(job.id().0), &Device::flex()).unwrap();
        let trains = |group: Group| group == Group::LayerNorm;
        let (frozen, trained) = changed(before, after, trains);
        assert_eq!(
            frozen,
            0,
            "{}: a frozen tensor changed",
            checkpoint.display()
        );
        assert!(trained > 0, "{}: no norm changed", checkpoint.display());
    }
}

/// Tensors that differ between two bodies: of the groups that do not train, and of those that do.
fn changed(before: Body, after: Body, trains: impl Fn(Group) -> bool) -> (usize, usize) {
    let labels = |body: &Body| {
        let mut ledger = Ledger::new();
        body.label(&mut ledger);
        let groups = ledger.entries().iter();
        groups
            .map(|entry| (entry.id, entry.label.group))
            .collect::<Vec<_>>()
    };
    let (old, new) = (labels(&before), labels(&after));
    let (before, after) = (values(&before), values(&after));
    let mut counts = (0, 0);
    for ((old, group), (new, _)) in old.iter().zip(&new) {
        let differs = before[&old.val()] != after[&new.val()];
        match trains(*group) {
            true => counts.1 += usize::from(differs),
            false => counts.0 += usize::from(differs),
        }
    }
    counts
}

/// The bits of every parameter.
fn values(body: &Body) -> BTreeMap<u64, Vec<u32>> {
    #[derive(Default)]
    struct Values(BTreeMap<u64, Vec<u32>>);

    impl ModuleVisitor for Values {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let data = param.val().into_data();
            let bits = data.iter::<f32>().map(f32::to_bits).collect();
            self.0.insert(param.id.val(), bits);
        }
    }

    let mut visitor = Values::default();
    body.visit(&mut visitor);
    visitor.0
}
