use crate::exit::{Failing, Problem};
use std::io::BufRead;
use study::Stop;

/// The user's wish to stop, for the whole process.
pub static STOP: Stop = Stop::new();

/// Ctrl-C asks to stop; a second one ends running jobs at once.
pub fn listen(say: impl Fn(&str) + Send + 'static) -> Result<(), Problem> {
    let handler = move || match STOP.ask() {
        1 => say("stopping: jobs end at their next checkpoint; Ctrl-C again to end them now"),
        _ => say("ending jobs now; finished work is kept"),
    };
    ctrlc::set_handler(handler).failing("listen for Ctrl-C")
}

/// For a job that runs under a runner: Ctrl-C is the runner's to handle, which passes it on by a
/// line on stdin. When stdin closes the runner is gone, and its jobs must not outlive it.
pub fn obey_runner() -> Result<(), Problem> {
    ctrlc::set_handler(|| {}).failing("leave Ctrl-C to the runner")?;
    std::thread::spawn(|| {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if line == "stop" {
                STOP.ask();
            }
        }
        // Whatever is on disk is whole: files are written under another name and renamed.
        std::process::exit(i32::from(study::EXIT_STOPPED));
    });
    Ok(())
}
