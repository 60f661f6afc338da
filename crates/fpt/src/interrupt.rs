use crate::exit::{Failing, Problem};
use runner::{Order, Stop};
use std::io::BufRead;
use std::sync::mpsc::{Receiver, channel};
use training::JobId;

/// The user's wish to stop, for the whole process.
pub static STOP: Stop = Stop::new();

/// Ctrl-C asks to stop; a second one ends running jobs at once.
pub fn listen(say: impl Fn(&str) + Send + 'static) -> Result<(), Problem> {
    let handler = move || match STOP.ask() {
        1 => say(
            "stopping: jobs end here and go on from their last evaluation when run again; Ctrl-C again to kill them",
        ),
        _ => say("killing jobs; what was written is kept"),
    };
    ctrlc::set_handler(handler).failing("listen for Ctrl-C")
}

/// For a process that runs under a runner: the jobs that it is told to run, by lines on stdin.
/// Ctrl-C is the runner's to handle, which passes it on. When stdin closes the runner has no more
/// to do, or is gone, and its jobs must not outlive it.
pub fn obey_runner() -> Result<Receiver<JobId>, Problem> {
    ctrlc::set_handler(|| {}).failing("leave Ctrl-C to the runner")?;
    let (sender, jobs) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            match Order::parse(&line) {
                Some(Order::Run(id)) => drop(sender.send(id)),
                Some(Order::Stop) => drop(STOP.ask()),
                None => {}
            }
        }
        // Whatever is on disk is whole: files are written under another name and renamed.
        std::process::exit(0);
    });
    Ok(jobs)
}
