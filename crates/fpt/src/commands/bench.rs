//! Times a training step, a forward pass and the machine's products, in one process.

use crate::allocator::{self, LARGE_FROM};
use crate::computing::Computing;
use crate::context::Context;
use crate::device::device;
use crate::exit::{Exit, Problem};
use crate::samples::Samples;
use crate::step_shape::StepShape;
use crate::{memory, print};
use burn::tensor::{Device, Distribution, Tensor};
use clap::Args;
use serde::de::IntoDeserializer;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};
use training::{Precision, Recipe, Trial};

#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// micro, tiny, base, large, or LAYERSxWIDTH,BATCHxTOKENS
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
    /// What dense layers multiply in: f32, bf16 or f16
    #[arg(long, value_name = "PRECISION", default_value = "f32", value_parser = precision)]
    precision: Precision,
    /// How long each timing runs
    #[arg(long, value_name = "S", default_value = "2", value_parser = seconds)]
    seconds: f64,
    /// One line of JSON, for scripts
    #[arg(long)]
    json: bool,
    /// The step alone, as JSON: what a runner wants to know of a large body before it starts
    #[arg(long, hide = true)]
    brief: bool,
    /// So many steps, waited for once, and no timing: for whoever counts what they do
    #[arg(long, hide = true, value_name = "N")]
    steps: Option<usize>,
    /// Times the step anew for each line on stdin, one line of JSON each: for whoever takes turns
    #[arg(long, hide = true)]
    turns: bool,
    #[command(flatten)]
    pub computing: Computing,
}

/// One run; times in milliseconds, medians.
#[derive(Serialize)]
struct Timing {
    shape: String,
    backbone: String,
    policy: String,
    dropout: f64,
    precision: Precision,
    device: String,
    threads: usize,
    steps: usize,
    /// Steps between two waits for the device, the length of a sample.
    steps_a_sample: usize,
    step_ms: f64,
    /// The quarters around the median.
    step_ms_quartiles: [f64; 2],
    forward_ms: f64,
    tokens_per_second: f64,
    /// Products of a step over its time; `None` for bodies that are not counted.
    gflops: Option<f64>,
    /// Of a product of two square matrices: 1,024 x 1,024 on the CPU, as large as tells elsewhere.
    peak_gflops: f64,
    peak_share: Option<f64>,
    /// How fast 256 MiB of tensors are read.
    read_gbs: f64,
    /// Products of a step over the memory traffic that it needs, an estimate; `None` for bodies that
    /// are not counted.
    flop_per_byte: Option<f64>,
    /// Of this process, on the host.
    peak_memory_mib: Option<f64>,
    /// What the device's allocator holds after the steps; `None` where that is the host's memory.
    device_memory_mib: Option<f64>,
    /// Mean loss of the last step, in nats.
    loss: f32,
    allocations_per_step: u64,
    /// Of these, such of at least 4 KiB.
    large_allocations_per_step: u64,
    allocated_bytes_per_step: u64,
}

/// Steps that settle buffers and packed weights before anything is counted.
const WARM_UP: usize = 3;

/// Times the step and prints what came out.
pub fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Problem> {
    context.use_threads()?;
    let mut trial = trial(context, arguments)?;
    if let Some(steps) = arguments.steps {
        print::say(serde_json::json!({ "steps": steps, "loss": trial.steps(steps) }));
        return Ok(Exit::Done);
    }
    if arguments.turns {
        return turns(context, arguments, &mut trial);
    }
    if arguments.brief {
        let before = files::processor_time();
        let steps = step_times(context, arguments, &mut trial);
        let computed = files::processor_time().zip(before);
        let computed = computed.map(|(now, before)| (now - before).as_secs_f64());
        let processor_ms = computed.map(|seconds| seconds * 1e3 / steps.runs() as f64);
        print::say(serde_json::json!({ "step_ms": steps.median(), "processor_ms": processor_ms }));
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

/// Says that it has settled, then answers each line with a timing.
fn turns(context: &Context, arguments: &Arguments, trial: &mut Trial) -> Result<Exit, Problem> {
    let device = device(&context.device)?;
    print::say(serde_json::json!({ "ready": true }));
    for line in std::io::stdin().lines() {
        line.map_err(|error| Problem::Run(error.to_string()))?;
        let steps = step_times(context, arguments, trial);
        print::say(serde_json::json!({
            "step_ms": steps.median(),
            "steps_a_sample": steps.each,
            "loss": trial.steps(1),
            "device_memory_mib": held(&device),
        }));
    }
    Ok(Exit::Done)
}

/// MiB that the device's allocator holds; `None` where that is the host's memory.
fn held(device: &Device) -> Option<f64> {
    device
        .memory_pool_usage()
        .map(|usage| mib(usage.bytes_reserved))
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
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
    let recipe = Recipe {
        batch_size: batch,
        dropout: arguments.dropout,
        precision: arguments.precision,
        ..Recipe::paper()
    };
    let trial = Trial::new(&body, &arguments.policy, recipe, tokens, device);
    let mut trial = trial.map_err(|error| wrong(error.to_string()))?;
    trial.steps(WARM_UP);
    Ok(trial)
}

fn step_times(context: &Context, arguments: &Arguments, trial: &mut Trial) -> Samples {
    Samples::take(arguments.seconds, alone(context), |steps| {
        trial.steps(steps);
    })
}

/// Whether the device computes while this process goes on.
fn alone(context: &Context) -> bool {
    context.device.to_string() != "flex"
}

fn measure(context: &Context, arguments: &Arguments, mut trial: Trial) -> Result<Timing, Problem> {
    let device = device(&context.device)?;
    let StepShape { batch, tokens, .. } = arguments.shape;
    let counted = allocator::count(|| {
        trial.steps(1);
    });
    let steps = step_times(context, arguments, &mut trial);
    let (step, loss) = (steps.median(), trial.steps(1));
    let device_memory_mib = held(&device);
    let evaluation = trial.evaluation();
    let forward = Samples::take(arguments.seconds / 2.0, alone(context), |passes| {
        evaluation.forward(passes);
    });
    drop(evaluation);
    let peak_memory_mib = memory::peak().map(mib);
    let inner = device.inner();
    let peak_gflops = peak(arguments.seconds / 2.0, alone(context), &inner);
    let read_gbs = read_rate(arguments.seconds / 4.0, alone(context), &inner);
    let counts = arguments.backbone == "gpt2" && arguments.policy == "fpt";
    let gflops = counts.then(|| 2.0 * arguments.shape.step_products() as f64 / step / 1e6);
    Ok(Timing {
        shape: arguments.shape.to_string(),
        backbone: arguments.backbone.clone(),
        policy: arguments.policy.clone(),
        dropout: arguments.dropout,
        precision: arguments.precision,
        device: context.device.to_string(),
        threads: context.threads,
        steps: steps.runs(),
        steps_a_sample: steps.each,
        step_ms: step,
        step_ms_quartiles: steps.quartiles(),
        forward_ms: forward.median(),
        tokens_per_second: (batch * tokens) as f64 / step * 1e3,
        gflops,
        peak_gflops,
        peak_share: gflops.map(|gflops| gflops / peak_gflops),
        read_gbs,
        flop_per_byte: counts.then(|| {
            2.0 * arguments.shape.step_products() as f64 / arguments.shape.step_bytes() as f64
        }),
        peak_memory_mib,
        device_memory_mib,
        loss,
        allocations_per_step: counted.calls,
        large_allocations_per_step: counted.large,
        allocated_bytes_per_step: counted.bytes,
    })
}

/// GFLOP/s of a product that fits the caches well: the median over repeats. A device of its own is
/// asked for larger ones as long as they take next to no time.
fn peak(seconds: f64, alone: bool, device: &Device) -> f64 {
    let mut side = 1024;
    loop {
        let random = || Tensor::<2>::random([side, side], Distribution::Default, device);
        let (x, weight) = (random(), random());
        let products = |count: usize| {
            let mut product = x.clone();
            for _ in 0..count {
                product = kernels::linear(x.clone(), weight.clone(), None);
            }
            product.slice([0..1, 0..1]).into_scalar::<f32>()
        };
        products(1);
        let start = Instant::now();
        products(1);
        if alone && side < 8192 && start.elapsed() < Duration::from_millis(2) {
            side *= 2;
            continue;
        }
        let times = Samples::take(seconds, alone, |count| {
            products(count);
        });
        return 2.0 * (side as f64).powi(3) / times.median() / 1e6;
    }
}

/// GB/s at which tensors are read that are far larger than the caches together; some devices have no
/// room for one of that size.
fn read_rate(seconds: f64, alone: bool, device: &Device) -> f64 {
    const COUNT: usize = 1 << 24;
    let tensors = [0.0; 4].map(|value| Tensor::<1>::full([COUNT], value, device));
    let times = Samples::take(seconds, alone, |times| {
        let mut sums = None;
        for x in tensors.iter().cycle().take(times * tensors.len()) {
            sums = Some(kernels::square_sum(None, x.clone()));
        }
        sums.map(|sum| sum.into_scalar::<f32>());
    });
    (4 * COUNT * tensors.len()) as f64 / times.median() / 1e6
}

fn tell(timing: &Timing) {
    let Timing {
        shape,
        backbone,
        policy,
        threads,
        device,
        dropout,
        precision,
        ..
    } = timing;
    let precision = match precision {
        Precision::F32 => "",
        Precision::Bf16 => ", products in bf16",
        Precision::F16 => ", products in f16",
    };
    let [low, high] = timing.step_ms_quartiles;
    let line = |name: &str, value: String| print::say(format_args!("{name:12} {value}"));
    line(
        "what",
        format!(
            "{backbone} {shape}, policy {policy}, dropout {dropout}, {device}, {}{precision}",
            print::many(*threads, "thread")
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
    if let Some(memory) = timing.device_memory_mib {
        line("on device", format!("{memory:.0} MiB held"));
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

fn precision(text: &str) -> Result<Precision, String> {
    let read = Precision::deserialize(text.into_deserializer());
    read.map_err(|error: serde::de::value::Error| error.to_string())
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.0..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("expected seconds from 0 to 3600".to_owned()),
    }
}
