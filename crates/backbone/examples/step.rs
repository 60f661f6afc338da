//! Time and memory of a training step of any body, whatever its size:
//!
//!     cargo run --release -p backbone --example step -- DIR BATCH TOKENS [STEPS]
//!
//! `DIR` holds a `config.json` in the hub's layout; the body is random, policy `fpt`, optimizer Adam.
//! One line comes out: the median step in seconds (the first is left out) and the process's peak
//! memory. `scripts/long.sh` makes the tables of docs/performance.md with it.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use backbone::{Body, Init, Pass, read_config};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Distribution, Tensor};
use freezing_policy::{Ledger, Policy};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::path::Path;
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, batch, tokens] = [0, 1, 2].map(|index| arguments[index].as_str());
    let steps = arguments.get(3).map_or(4, |steps| steps.parse().unwrap());
    let (batch, tokens) = (batch.parse().unwrap(), tokens.parse().unwrap());

    let config = read_config(Path::new(folder)).unwrap();
    let device = Device::flex().autodiff();
    let mut rng = ChaCha8Rng::from_seed([1; 32]);
    let body = Body::random(&config, &mut Init::new(&mut rng, &device)).unwrap();
    let mut ledger = Ledger::new();
    body.label(&mut ledger);
    let policy: Policy = "fpt".parse().unwrap();
    let mut body = policy.apply(body, &ledger).unwrap();
    let mut optimizer = AdamConfig::new().init();
    let shape = [batch, tokens, config.width()];
    let mut seconds: Vec<f64> = (0..steps)
        .map(|step| {
            let input = Tensor::<3>::random(shape, Distribution::Default, &device);
            let start = Instant::now();
            let output = body.forward(input, &mut Pass::training(0.1, step));
            let gradients = (output.clone() * output).mean().backward();
            let gradients = GradientsParams::from_grads(gradients, &body);
            body = optimizer.step(1e-3, body.clone(), gradients);
            start.elapsed().as_secs_f64()
        })
        .skip(1)
        .collect();
    seconds.sort_by(f64::total_cmp);
    let parameters: usize = ledger.entries().iter().map(|entry| entry.count).sum();
    println!(
        "{} {parameters} parameters, {batch} x {tokens} tokens: {:.2} s a step, {} MiB at most",
        config.model_type(),
        seconds[seconds.len() / 2],
        peak_memory().map_or_else(|| "?".to_owned(), |bytes| (bytes >> 20).to_string()),
    );
}

/// Most memory this process has held, in bytes, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes = line.split_whitespace().nth(1)?;
    kilobytes.parse::<u64>().ok().map(|peak| peak << 10)
}
