//! Panics of libraries below, turned into errors.

use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Leave to change what this process does at a panic, for one at a time.
pub fn panic_hook() -> MutexGuard<'static, ()> {
    static HOOK: Mutex<()> = Mutex::new(());
    HOOK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What `work` gives, or what the first panic said, on whichever thread; nothing is printed.
///
/// Backends of GPUs open devices on threads of their own and panic there, then again where the
/// answer is waited for.
pub fn quietly<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let _hook = panic_hook();
    let said = Arc::new(Mutex::new(None));
    let heard = Arc::clone(&said);
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let message = message(info.payload());
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.get_or_insert(message);
    }));
    let done = catch_unwind(AssertUnwindSafe(work));
    panic::set_hook(before);
    let first = said.lock().unwrap_or_else(PoisonError::into_inner).take();
    done.map_err(|payload| first.unwrap_or_else(|| message(payload.as_ref())))
}

/// What a panic says, in one line.
pub fn message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    let lines = text.unwrap_or("a panic without words").lines();
    let mut lines = lines.map(str::trim).filter(|line| !line.is_empty());
    lines.next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_panic_is_the_reason_on_whichever_thread() {
        let twice = || {
            let device = std::thread::spawn(|| panic!("libfoo.so is missing\n  see its manual"));
            device.join().expect("the device's thread ended");
        };
        assert_eq!(quietly(twice).unwrap_err(), "libfoo.so is missing");
        assert_eq!(quietly(|| 7), Ok(7));
    }
}
