//! How many jobs at a time get most done: measured.

use crate::device::DeviceName;
use runner::Pace;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use training::Job;

/// For smaller bodies a second thread gave a job a tenth at most, a second job nearly twice as much
/// work done: nothing to measure.
const LARGE: u64 = 10_000_000;
/// Seconds below which it does not matter how fast the machine is: what takes less is done before a measurement has paid.
pub const WORTH_MEASURING: f64 = 600.0;
/// For each of two measurements; what takes longer is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same on a device, whose kernels are compiled first.
const PATIENCE_ON_DEVICE: Duration = Duration::from_secs(90);

/// Pace of a training step of the job's size; `None` for small bodies, or where measuring does not
/// work out.
pub fn measure(job: &Job, cores: usize) -> Option<Pace> {
    let counts = training::ledger(job).ok()?;
    let parameters: usize = counts.values().map(|count| count.total).sum();
    if (parameters as u64) < LARGE {
        return None;
    }
    let shape = shape(job)?;
    let steps_a_second = |processes, threads: usize| {
        let threads = threads.to_string();
        let arguments = ["--seconds", "1", "--shape", &shape, "--threads", &threads];
        steps_a_second(&arguments, processes, &threads, PATIENCE)
    };
    Some(Pace {
        // What else runs slows threads that wait for each other most, which says nothing of the body: a busy machine is decided for the
        // rule, a job a core.
        apart: steps_a_second(cores, 1)?.alone,
        together: steps_a_second(1, cores)?.clock,
    })
}

/// Operations a second of one of so many jobs at a time, of this job's size and without what the machine spends on others; `None` where
/// measuring does not work out.
pub fn rate(job: &Job, processes: usize, threads: usize) -> Option<f64> {
    let (shape, threads, policy) = (shape(job)?, threads.to_string(), &job.policy);
    let arguments = [
        "--seconds",
        "1",
        "--shape",
        &shape,
        "--threads",
        &threads,
        "--policy",
        policy,
    ];
    let steps = steps_a_second(&arguments, processes, &threads, PATIENCE)?;
    let rate = training::step_operations(job) * steps.alone / processes as f64;
    (rate > 0.0).then_some(rate)
}

/// Steps a second of a job's size on a device, for each number of jobs at a time until more no longer
/// get more done.
pub fn on_device(job: &Job, device: DeviceName, tries: &[usize]) -> Vec<(usize, f64)> {
    let mut paces: Vec<(usize, f64)> = Vec::new();
    let Some(shape) = shape(job) else {
        return paces;
    };
    let device = device.to_string();
    // Processes that compile their kernels first do not all start to measure at once.
    let arguments = ["--seconds", "5", "--shape", &shape, "--device", &device];
    for processes in tries {
        let pace = steps_a_second(&arguments, *processes, "1", PATIENCE_ON_DEVICE);
        let before = paces.last().map_or(0.0, |(_, before)| *before);
        match pace {
            Some(pace) if pace.clock > before => paces.push((*processes, pace.clock)),
            _ => break,
        }
    }
    paces
}

/// The size of a job's step, as `fpt bench` is told it.
fn shape(job: &Job) -> Option<String> {
    let shape = tasks::shape(&job.task.name, &job.task.settings, job.task.form).ok()?;
    Some(format!(
        "{}x{},{}x{}",
        job.body.layers(),
        job.body.width(),
        job.recipe.batch_size,
        shape.tokens
    ))
}

/// Steps a second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Steps {
    clock: f64,
    /// Of the seconds in which a process of one thread computed; of several threads, as by the clock: they wait for each other, too.
    alone: f64,
}

/// Those of so many processes at a time.
fn steps_a_second(
    arguments: &[&str],
    processes: usize,
    threads: &str,
    patience: Duration,
) -> Option<Steps> {
    let program = std::env::current_exe().ok()?;
    let until = Instant::now() + patience;
    let mut running = Running(Vec::new());
    for _ in 0..processes {
        let child = Command::new(&program)
            .args(["bench", "--brief"])
            .args(arguments)
            .env("RAYON_NUM_THREADS", threads)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        running.0.push(child.ok()?);
    }
    let mut sum = Steps::default();
    for child in &mut running.0 {
        let own = steps(&said(child, until)?, threads)?;
        sum.clock += own.clock;
        sum.alone += own.alone;
    }
    Some(sum)
}

/// What a process says once it has measured.
fn said(child: &mut Child, until: Instant) -> Option<String> {
    while child.try_wait().ok()?.is_none() {
        if Instant::now() > until {
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut said = String::new();
    child.stdout.take()?.read_to_string(&mut said).ok()?;
    Some(said)
}

fn steps(said: &str, threads: &str) -> Option<Steps> {
    let said: serde_json::Value = serde_json::from_str(said).ok()?;
    let milliseconds = said.get("step_ms")?.as_f64()?;
    let clock = (milliseconds > 0.0).then(|| 1e3 / milliseconds)?;
    let processor = said.get("processor_ms").and_then(serde_json::Value::as_f64);
    let processor = processor.filter(|milliseconds| threads == "1" && *milliseconds > 0.0);
    Some(Steps {
        clock,
        alone: processor.map_or(clock, |milliseconds| clock.max(1e3 / milliseconds)),
    })
}

/// Processes that do not outlive the measurement.
struct Running(Vec<Child>);

impl Drop for Running {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // Most have ended by themselves.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_machine_spends_on_others_is_no_pace() {
        let of = |said: &str, threads: &str| {
            steps(said, threads).map(|steps| (steps.clock, steps.alone))
        };
        let busy = r#"{ "step_ms": 20.0, "processor_ms": 10.0 }"#;
        assert_eq!(of(busy, "1"), Some((50.0, 100.0)));
        assert_eq!(of(busy, "2"), Some((50.0, 50.0)));
        // Bursts that the median does not see, and a system that does not tell.
        for other in ["20.5", "null"] {
            let said = format!(r#"{{ "step_ms": 20.0, "processor_ms": {other} }}"#);
            assert_eq!(of(&said, "1"), Some((50.0, 50.0)));
        }
        let none = r#"{ "step_ms": 0.0, "processor_ms": 10.0 }"#;
        assert_eq!((of(none, "1"), of("", "1")), (None, None));
    }
}
