//! The test set is read whole, once, when everything is decided: a task that watches its reader.
#![allow(clippy::unwrap_used)]

mod common;

use backbone::{BodyConfig, Gpt2Config};
use common::{Watcher, start_with};
use std::ops::Range;
use std::sync::{Arc, Mutex};
use tasks::{Batch, DataDir, Floor, Form, Shape, Split, Task, View};
use training::{Initialisation, Job, Recipe, Reuse, TaskSpec};

/// What was asked of a task.
#[derive(Clone, Debug, PartialEq)]
enum Reading {
    Step(u64),
    Validation,
    Test(usize, Range<usize>),
}

/// Bit XOR with a second test set, that writes down what is asked of it.
struct Watched {
    task: Box<dyn Task>,
    readings: Mutex<Vec<Reading>>,
}

impl Watched {
    fn note(&self, reading: Reading) {
        self.readings.lock().unwrap().push(reading);
    }
}

impl Task for Watched {
    fn shape(&self) -> Shape {
        self.task.shape()
    }
    fn batch(&self, seed: u64, step: u64, size: usize) -> Batch {
        self.note(Reading::Step(step));
        self.task.batch(seed, step, size)
    }
    fn tests(&self) -> &'static [&'static str] {
        &["near", "far"]
    }
    fn len(&self, split: Split) -> usize {
        self.task.len(split)
    }
    fn examples(&self, split: Split, range: Range<usize>) -> Batch {
        self.note(match split {
            Split::Validation => Reading::Validation,
            Split::Test(set) => Reading::Test(set, range.clone()),
        });
        self.task.examples(split, range)
    }
    fn floors(&self, test: usize) -> Vec<Floor> {
        self.task.floors(test)
    }
    fn view(&self) -> View {
        self.task.view()
    }
}

fn job(form: Form, patience: u64) -> Job {
    let settings = "bits = 3\nvalidation-examples = 64\ntest-examples = 300";
    Job {
        seed: 1,
        body_seed: None,
        policy: "fpt".to_owned(),
        keep_body: false,
        initialisation: Initialisation::Random {},
        remakes: Vec::new(),
        task: TaskSpec::new(
            "bit-xor",
            form,
            tasks::settings("bit-xor", &settings.parse().unwrap()).unwrap(),
        ),
        recipe: Recipe {
            steps: 60,
            batch_size: 4,
            evaluate_every: 10,
            patience,
            ..Recipe::paper()
        },
        body: BodyConfig::Gpt2(Gpt2Config {
            vocab_size: 5,
            n_positions: 8,
            n_embd: 16,
            n_layer: 1,
            n_head: 2,
            n_inner: None,
            activation_function: backbone::Activation::GeluNew,
            layer_norm_epsilon: 1e-5,
            initializer_range: 0.02,
        }),
    }
}

#[test]
fn every_test_example_is_read_once_after_the_last_look_at_anything_else() {
    for (form, patience) in [(Form::Paper, 0), (Form::Fair, 0), (Form::Fair, 1)] {
        let job = job(form, patience);
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::new(folder.path());
        let task = tasks::open(&job.task.name, &job.task.settings, form, &data).unwrap();
        let task = Arc::new(Watched {
            task,
            readings: Mutex::default(),
        });
        let reuse = Reuse::with_task(job.task.clone(), Arc::clone(&task) as Arc<dyn Task>);
        let outcome = start_with(&job, folder.path(), &reuse, &mut Watcher::default()).unwrap();
        let readings = task.readings.lock().unwrap().clone();
        let first = readings
            .iter()
            .position(|reading| matches!(reading, Reading::Test(..)));
        let (before, after) = readings.split_at(first.unwrap());
        assert!(before.contains(&Reading::Validation) && before.contains(&Reading::Step(0)));
        let mut expected = 0..0;
        for (set, at) in after.iter().map(|reading| match reading {
            Reading::Test(set, range) => (*set, range.clone()),
            other => panic!("{other:?} after the test set was read"),
        }) {
            let whole = expected.end == 300;
            let next = if whole { 0 } else { expected.end };
            assert_eq!((set, at.start), (usize::from(set > 0 || whole), next));
            expected = at;
        }
        assert_eq!(expected.end, 300);
        assert_eq!(outcome.further[0].name, "far");
    }
}
