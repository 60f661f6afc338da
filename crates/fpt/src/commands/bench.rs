//! Times a training step, a forward pass and the machine's products, in one process.

use crate::allocator::{self, LARGE_FROM};
use crate::context::Context;
use crate::device::device;
use crate::exit::{Exit, Problem};
use crate::print;
use crate::step_shape::StepShape;
use burn::tensor::{Device, Distribution, Tensor};
use clap::Args;
use serde::Serialize;
use std::time::Instant;
use training::Trial;

#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// micro, tiny, base, or LAYERSxWIDTH,BATCHxTOKENS
    #[arg(long, value_name = "SHAPE", default_value = "tiny")]
    shape: StepShape,
    /// gpt2, or longformer with a window of 128 tokens
    #[arg(long, value_name = "NAME", default_value = "gpt2")]
    backbone: String,
    /// Which groups train
    #[arg(long, value_name = "POLICY", default_value = "fpt")]
    policy: String,
    /// Dropout of input net and body
    #[arg(long, value_name = "RATE", default_value = "0.1", value_parser = share)]
    dropout: f64,
    /// How long each timing runs
    #[arg(long, value_name = "S", default_value = "2", value_parser = seconds)]
    seconds: f64,
    /// One line of JSON, for scripts
    #[arg(long)]
    json: bool,
    /// The step alone, as JSON: what a runner wants to know of a large body before it starts
    #[arg(long, hide = true)]
    brief: bool,
}

/// One run; times in milliseconds, medians.
#[derive(Serialize)]
struct Timing {
    shape: String,
    backbone: String,
    policy: String,
    dropout: f64,
    device: String,
    threads: usize,
    steps: usize,
    step_ms: f64,
    /// The quarters around the median.
    step_ms_quartiles: [f64; 2],
    forward_ms: f64,
    tokens_per_second: f64,
    /// Products of a step over its time; `None` for bodies that are not counted.
    gflops: Option<f64>,
    /// Of a product of two matrices of 1,024 x 1,024.
    peak_gflops: f64,
    peak_share: Option<f64>,
    /// How fast a tensor of 256 MiB is read.
    read_gbs: f64,
    /// Products of a step over the memory traffic that it needs, an estimate; `None` for bodies that
    /// are not counted.
    flop_per_byte: Option<f64>,
    peak_memory_mib: Option<f64>,
    allocations_per_step: u64,
    /// Of these, such of at least 4 KiB.
    large_allocations_per_step: u64,
    allocated_bytes_per_step: u64,
}

/// Steps that settle buffers and packed weights before anything is counted.
const WARM_UP: usize = 3;

/// Times the step and prints what came out.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Problem> {
    context.use_threads();
    let mut trial = trial(context, arguments)?;
    if arguments.brief {
        let step_ms = median(&mut times(arguments.seconds, || {
            trial.step();
        }));
        print::say(serde_json::json!({ "step_ms": step_ms }));
        return Ok(Exit::Done);
    }
    let timing = measure(context, arguments, trial)?;
    if arguments.json {
        let text =
            serde_json::to_string(&timing).map_err(|error| Problem::Run(error.to_string()))?;
        print::say(text);
    } else {
        tell(&timing);
    }
    Ok(Exit::Done)
}

/// A trial that has settled.
fn trial(context: &Context, arguments: &Arguments) -> Result<Trial, Problem> {
    let device = device(&context.device)?;
    let wrong = |reason: String| Problem::Asked(reason);
    let body = arguments.shape.body(&arguments.backbone).ok_or_else(|| {
        let known = "gpt2 and longformer";
        wrong(format!(
            "`{}` cannot be timed; known are {known}",
            arguments.backbone
        ))
    })?;
    let StepShape { batch, tokens, .. } = arguments.shape;
    let sizes = [batch, tokens];
    let trial = Trial::new(&body, &arguments.policy, arguments.dropout, sizes, device);
    let mut trial = trial.map_err(|error| wrong(error.to_string()))?;
    for _ in 0..WARM_UP {
        trial.step();
    }
    Ok(trial)
}

fn measure(context: &Context, arguments: &Arguments, mut trial: Trial) -> Result<Timing, Problem> {
    let device = device(&context.device)?;
    let StepShape { batch, tokens, .. } = arguments.shape;
    let counted = allocator::count(|| {
        trial.step();
    });
    let mut steps = times(arguments.seconds, || {
        trial.step();
    });
    let step = median(&mut steps);
    let quartiles = [steps[steps.len() / 4], steps[3 * steps.len() / 4]];
    let evaluation = trial.evaluation();
    let forward = median(&mut times(arguments.seconds / 2.0, || {
        evaluation.forward();
    }));
    drop(evaluation);
    let peak_memory_mib = peak_memory().map(|bytes| bytes as f64 / f64::from(1 << 20));
    let peak_gflops = peak(arguments.seconds / 2.0, &device.clone().inner());
    let read_gbs = read_rate(arguments.seconds / 4.0, &device.inner());
    let counts = arguments.backbone == "gpt2" && arguments.policy == "fpt";
    let gflops = counts.then(|| 2.0 * arguments.shape.step_products() as f64 / step / 1e6);
    Ok(Timing {
        shape: arguments.shape.to_string(),
        backbone: arguments.backbone.clone(),
        policy: arguments.policy.clone(),
        dropout: arguments.dropout,
        device: context.device.to_string(),
        threads: context.threads,
        steps: steps.len(),
        step_ms: step,
        step_ms_quartiles: quartiles,
        forward_ms: forward,
        tokens_per_second: (batch * tokens) as f64 / step * 1e3,
        gflops,
        peak_gflops,
        peak_share: gflops.map(|gflops| gflops / peak_gflops),
        read_gbs,
        flop_per_byte: counts.then(|| {
            2.0 * arguments.shape.step_products() as f64 / arguments.shape.step_bytes() as f64
        }),
        peak_memory_mib,
        allocations_per_step: counted.calls,
        large_allocations_per_step: counted.large,
        allocated_bytes_per_step: counted.bytes,
    })
}

/// Milliseconds of each run, for so many seconds and at least three times.
fn times(seconds: f64, mut run: impl FnMut()) -> Vec<f64> {
    let (mut times, begin) = (Vec::new(), Instant::now());
    while times.len() < 3 || begin.elapsed().as_secs_f64() < seconds {
        let start = Instant::now();
        run();
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// GFLOP/s of a product that fits the caches well: the median over repeats.
fn peak(seconds: f64, device: &Device) -> f64 {
    const SIDE: usize = 1024;
    let random = || Tensor::<2>::random([SIDE, SIDE], Distribution::Default, device);
    let (x, weight) = (random(), random());
    let product = || {
        let product = kernels::linear(x.clone(), weight.clone(), None);
        // Wait for it on devices that compute on their own.
        product.slice([0..1, 0..1]).into_scalar::<f32>()
    };
    product();
    let mut times = times(seconds, || {
        product();
    });
    2.0 * (SIDE as f64).powi(3) / median(&mut times) / 1e6
}

/// GB/s at which a tensor far larger than the caches is read.
fn read_rate(seconds: f64, device: &Device) -> f64 {
    const COUNT: usize = 1 << 26;
    let x = Tensor::<1>::ones([COUNT], device);
    let read = || kernels::square_sum(x.clone()).into_scalar::<f32>();
    let mut times = times(seconds, || {
        read();
    });
    (4 * COUNT) as f64 / median(&mut times) / 1e6
}

/// Most memory that this process has held, in bytes, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes << 10)
}

fn tell(timing: &Timing) {
    let Timing {
        shape,
        backbone,
        policy,
        threads,
        device,
        dropout,
        ..
    } = timing;
    let [low, high] = timing.step_ms_quartiles;
    let line = |name: &str, value: String| print::say(format_args!("{name:12} {value}"));
    line(
        "what",
        format!(
            "{backbone} {shape}, policy {policy}, dropout {dropout}, {device}, {threads} thread(s)"
        ),
    );
    line(
        "step",
        format!(
            "{:.2} ms (quartiles {low:.2} to {high:.2}, {} steps)",
            timing.step_ms, timing.steps
        ),
    );
    line("forward", format!("{:.2} ms", timing.forward_ms));
    line(
        "tokens",
        format!("{:.0} a second", timing.tokens_per_second),
    );
    let share = |(rate, share): (f64, f64)| {
        format!(
            "{rate:.0} GFLOP/s, {:.0} % of the {:.0} of a product",
            100.0 * share,
            timing.peak_gflops
        )
    };
    let rates = timing.gflops.zip(timing.peak_share);
    let peak = || {
        format!(
            "not counted; a product reaches {:.0} GFLOP/s",
            timing.peak_gflops
        )
    };
    line("rate", rates.map_or_else(peak, share));
    if let Some(memory) = timing.peak_memory_mib {
        line("memory", format!("{memory:.0} MiB at most"));
    }
    line(
        "allocations",
        format!(
            "{} a step, {} of them of {LARGE_FROM} bytes or more, {:.1} KiB in all",
            timing.allocations_per_step,
            timing.large_allocations_per_step,
            timing.allocated_bytes_per_step as f64 / 1024.0
        ),
    );
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..1.0).contains(&share) => Ok(share),
        _ => Err("expected a rate from 0 to below 1".to_owned()),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.0..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("expected seconds from 0 to 3600".to_owned()),
    }
}
