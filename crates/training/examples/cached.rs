//! What a gradient step costs where much of the body is frozen, with the body's forward pass and with
//! hidden states that were kept: `cargo run --release -p training --example cached`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use backbone::{BodyConfig, Gpt2Config};
use burn::tensor::Device;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tasks::{DataDir, Form};
use training::{
    Bodies, Checkpoint, CurvePoint, Initialisation, Job, JobFiles, JobId, Observer, Recipe, Reuse,
    TaskSpec, Workplace, run,
};

const BATCH: usize = 32;
const EXAMPLES: usize = 1024;

/// The default study's shape: 4 layers of width 128, 64 tokens.
fn job(policy: &str, steps: usize) -> Job {
    let settings = format!(
        "tokens = 64\nmin-length = 20\nmax-length = 65\nmax-depth = 5\nmax-args = 5\n\
         train-examples = {EXAMPLES}\nvalidation-examples = 64\ntest-examples = 64"
    );
    Job {
        seed: 1,
        body_seed: None,
        policy: policy.to_owned(),
        keep_body: false,
        initialisation: Initialisation::Random {},
        remakes: Vec::new(),
        task: TaskSpec::new(
            "listops",
            Form::Fair,
            tasks::settings("listops", &settings.parse().unwrap()).unwrap(),
        ),
        recipe: Recipe {
            steps: steps as u64,
            batch_size: BATCH,
            evaluate_every: steps as u64,
            dropout: 0.0,
            ..Recipe::paper()
        },
        body: BodyConfig::Gpt2(Gpt2Config {
            vocab_size: 256,
            n_positions: 64,
            n_embd: 128,
            n_layer: 4,
            n_head: 4,
            n_inner: None,
            activation_function: backbone::Activation::GeluNew,
            layer_norm_epsilon: 1e-5,
            initializer_range: 0.02,
        }),
    }
}

/// Keeps when each step ended.
#[derive(Default)]
struct Clock(Vec<Instant>);

impl Observer for Clock {
    fn stepped(&mut self, _: u64, _: u64, _: f64) {
        self.0.push(Instant::now());
    }
    fn evaluated(&mut self, _: &[CurvePoint]) -> Result<(), String> {
        Ok(())
    }
    fn note(&mut self, _: &str) {}
    fn stop(&self) -> bool {
        false
    }
}

/// No body but what the job draws.
struct Nobodys;

impl Bodies for Nobodys {
    fn of_job(&self, id: &JobId) -> PathBuf {
        PathBuf::from(&id.0)
    }
    fn of_checkpoint(&self, checkpoint: &Checkpoint) -> Result<PathBuf, String> {
        Err(format!("no {} here", checkpoint.source))
    }
}

/// Median microseconds per example of the steps behind the first epoch.
fn measure(policy: &str, steps: usize, folder: &Path) -> f64 {
    let job = job(policy, EXAMPLES / BATCH + steps);
    let reuse = Reuse::default();
    let device = Device::flex().autodiff();
    let data = DataDir::new(folder);
    let workplace = Workplace::new(device, data, folder.join("features"), &reuse);
    let files = JobFiles {
        checkpoint: folder.join("checkpoint"),
        body: folder.join("body"),
        trained: folder.join("trained.bpk"),
    };
    let mut clock = Clock::default();
    run(&job, &workplace, &files, &Nobodys, &mut clock).unwrap();
    let ends = &clock.0[EXAMPLES / BATCH..];
    let mut times: Vec<f64> = ends
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).as_secs_f64() * 1e6 / BATCH as f64)
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    for (policy, steps) in [("output", 3000), ("output+attention@last", 200)] {
        let folder = tempfile::tempdir().unwrap();
        // A file where the folder would be: nothing can be kept.
        fs::write(folder.path().join("features"), "").unwrap();
        let full = measure(policy, 60, folder.path());

        let folder = tempfile::tempdir().unwrap();
        let fed = measure(policy, steps, folder.path());
        println!(
            "{policy}: full step {full:.1} µs an example, from kept hidden states {fed:.2} µs, 1/{:.1}",
            full / fed
        );
    }
}
