//! What the panics of this process said, on whichever thread.

use crate::device::{message, panic_hook};
use std::panic;
use std::sync::{Mutex, PoisonError};

static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Listens from now on; panics are printed as before.
pub fn listen() {
    let _hook = panic_hook();
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        said.push(message(info.payload()));
        drop(said);
        before(info);
    }));
}

/// What was said since this was asked last.
pub fn take() -> Vec<String> {
    std::mem::take(&mut SAID.lock().unwrap_or_else(PoisonError::into_inner))
}
