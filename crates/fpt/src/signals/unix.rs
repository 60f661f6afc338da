//! Signals of Unix.

use crate::exit::{Failing, Problem};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use signal_hook::low_level::{emulate_default_handler, exit as exit_at_once};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{Builder, sleep};
use std::time::Duration;

/// Some send a signal to a process and to its group, which is one wish and not two.
const ONE_WISH: Duration = Duration::from_millis(100);

/// The signal that asked to stop; 0 for none.
static ASKED_BY: AtomicI32 = AtomicI32::new(0);

/// Whether `SIGUSR1` has come; `None` where it is not expected.
static WARNED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From now on `SIGUSR1` ends nothing, and asks to stop once [`listen`] is called: a queue sends it before it ends a process.
pub fn expect_warning() -> Result<(), Problem> {
    let warned = WARNED.get_or_init(Arc::default);
    let expected = flag::register(SIGUSR1, Arc::clone(warned));
    expected.map(drop).failing("listen for the end of its time")
}

/// Whether such a warning has come.
pub fn was_warned() -> bool {
    WARNED
        .get()
        .is_some_and(|warned| warned.load(Ordering::SeqCst))
}

/// Calls `ask` at the first signal, which must not wait for anything; leaves the second one to end the
/// process.
pub fn listen(ask: impl Fn() + Send + 'static) -> Result<(), Problem> {
    // One that whoever started this process wants ignored (`nohup`, `&` in a script) stays so.
    let warning = WARNED.get().map(|_| SIGUSR1);
    let signals = [SIGINT, SIGTERM, SIGHUP].into_iter().chain(warning);
    let signals = signals.filter(|signal| !is_ignored(*signal));
    let signals: Vec<i32> = signals.collect();
    let was_asked = Arc::new(AtomicBool::new(false));
    for signal in &signals {
        // In the handler itself: no thread has to be alive for it.
        let last = flag::register_conditional_default(*signal, Arc::clone(&was_asked));
        last.failing("listen for Ctrl-C")?;
    }
    let mut signals = Signals::new(signals).failing("listen for Ctrl-C")?;
    if was_warned() {
        ask();
    }
    let obey = move || {
        if let Some(signal) = signals.forever().next() {
            ASKED_BY.store(signal, Ordering::SeqCst);
            ask();
            sleep(ONE_WISH);
            was_asked.store(true, Ordering::SeqCst);
        }
    };
    let thread = Builder::new().name("signals".to_owned()).spawn(obey);
    thread.failing("start a thread that listens for Ctrl-C")?;
    Ok(())
}

/// Ends the process as the signal that asked it to stop; goes on where none has.
pub fn end_as_asked() {
    let signal = ASKED_BY.load(Ordering::SeqCst);
    // A warning is none that a process ends by.
    if signal != 0 && signal != SIGUSR1 {
        // It fails only for signals that there are not.
        let _ = emulate_default_handler(signal);
    }
}

/// Ends the process without what libraries would do at its end: another thread may be at work in one.
pub fn exit() -> ! {
    exit_at_once(0)
}

/// From now on a file that grows larger than a limit allows is an error of its writer, with its name, and not the end of the process.
pub fn outlive_limits() {
    // SAFETY: nothing is called by a signal that is ignored.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

fn is_ignored(signal: i32) -> bool {
    // SAFETY: a `sigaction` of zeros is one, and with no new action the old one is only written to it.
    unsafe {
        let mut old: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &raw mut old) == 0
            && old.sa_sigaction == libc::SIG_IGN
    }
}
