//! Whether many jobs on a thread each or one job on all of them get more done: measured.

use runner::Pace;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use training::Job;

/// For smaller bodies a second thread gave a job a tenth at most, a second job nearly twice as much
/// work done: nothing to measure.
const LARGE: u64 = 10_000_000;
/// For each of two measurements; what takes longer is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Pace of a training step of the job's size; `None` for small bodies, or where measuring does not
/// work out.
pub fn measure(job: &Job, cores: usize) -> Option<Pace> {
    let counts = training::ledger(job).ok()?;
    let parameters: usize = counts.values().map(|count| count.total).sum();
    if (parameters as u64) < LARGE {
        return None;
    }
    let shape = tasks::shape(&job.task.name, &job.task.settings, job.task.form).ok()?;
    let shape = format!(
        "{}x{},{}x{}",
        job.body.layers(),
        job.body.width(),
        job.recipe.batch_size,
        shape.tokens
    );
    Some(Pace {
        apart: steps_a_second(&shape, cores, 1)?,
        together: steps_a_second(&shape, 1, cores)?,
    })
}

/// Steps a second of so many processes at a time.
fn steps_a_second(shape: &str, processes: usize, threads: usize) -> Option<f64> {
    let program = std::env::current_exe().ok()?;
    let until = Instant::now() + PATIENCE;
    let threads = threads.to_string();
    let mut running = Running(Vec::new());
    for _ in 0..processes {
        let child = Command::new(&program)
            .args(["bench", "--brief", "--seconds", "1"])
            .args(["--shape", shape, "--threads", &threads])
            .env("RAYON_NUM_THREADS", &threads)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        running.0.push(child.ok()?);
    }
    running.0.iter_mut().map(|child| steps(child, until)).sum()
}

/// Steps a second that a process has measured.
fn steps(child: &mut Child, until: Instant) -> Option<f64> {
    while child.try_wait().ok()?.is_none() {
        if Instant::now() > until {
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut said = String::new();
    child.stdout.take()?.read_to_string(&mut said).ok()?;
    let said: serde_json::Value = serde_json::from_str(&said).ok()?;
    let milliseconds = said.get("step_ms")?.as_f64()?;
    (milliseconds > 0.0).then(|| 1e3 / milliseconds)
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
