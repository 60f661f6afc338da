use indicatif::ProgressBar;
use std::thread::{Builder, sleep};
use std::time::Duration;

/// Draws a bar anew every so often until it is finished. Where there is no thread for that, only when
/// something happens.
pub fn tick(bar: &ProgressBar, every: Duration) {
    let bar = bar.clone();
    let draw = move || {
        while !bar.is_finished() {
            bar.tick();
            sleep(every);
        }
    };
    let _ = Builder::new().name("ticking".to_owned()).spawn(draw);
}
