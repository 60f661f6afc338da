//! What Ctrl-C does, and the signals that are like it.
//!
//! The first one asks: jobs end behind their step, what is known is written down, and then the process
//! ends as the signal would have ended it, so that whoever started it (a loop of a shell) knows. The second
//! one ends the process at once, whatever it hangs in; its children end with the pipe that they listen to.

use crate::exit::{Failing, Problem};
use crate::signals;
use runner::{Order, Stop};
use std::io::BufRead;
use std::sync::mpsc::{Receiver, channel};
use std::thread::Builder;
use training::JobId;

/// The user's wish to stop, for the whole process.
pub static STOP: Stop = Stop::new();

/// From now on a signal asks to stop, and `say` tells the user so.
pub fn listen(say: impl Fn(&str) + Send + 'static) -> Result<(), Problem> {
    let (asked, waiting) = channel();
    // In a thread of its own: it may wait for whoever reads.
    let tell = move || {
        if waiting.recv().is_ok() {
            say(
                "stopping: jobs end here and go on from this step when run again; Ctrl-C again \
                 to end at once",
            );
        }
    };
    let thread = Builder::new().name("stopping".to_owned()).spawn(tell);
    thread.failing("start a thread that listens for Ctrl-C")?;
    signals::listen(move || {
        STOP.ask();
        // Whoever would tell has gone only with the process.
        let _ = asked.send(());
    })
}

/// For a process that runs under a runner: the jobs that it is told to run, by lines on stdin. When
/// stdin closes the runner has no more to do, or is gone, and its jobs must not outlive it.
pub fn obey_runner() -> Result<Receiver<JobId>, Problem> {
    // A Ctrl-C reaches all processes of a terminal; it is the runner's to speak of.
    signals::listen(|| STOP.ask())?;
    let (sender, jobs) = channel();
    let obey = move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            match Order::parse(&line) {
                Some(Order::Run(id)) => drop(sender.send(id)),
                Some(Order::Stop) => STOP.ask(),
                None => {}
            }
        }
        // Whatever is on disk is whole: files are written under another name and renamed.
        signals::exit();
    };
    let orders = Builder::new().name("orders".to_owned()).spawn(obey);
    orders.failing("start a thread that listens to the runner")?;
    Ok(jobs)
}
