//! Alone in its file: other tests compute in threads of the same process.
#![allow(clippy::unwrap_used)]

use files::processor_time;
use std::time::{Duration, Instant};

#[test]
fn computing_takes_processor_time_and_waiting_takes_none() {
    if processor_time().is_none() {
        return;
    }
    let now = || processor_time().unwrap();
    let (began, started) = (now(), Instant::now());
    while now() - began < Duration::from_millis(50) {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "it stands still"
        );
    }
    let began = now();
    std::thread::sleep(Duration::from_millis(300));
    assert!(now() - began < Duration::from_millis(250));
}
