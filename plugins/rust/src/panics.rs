//! What panics say. The standard library would print it to the host's standard error.
use std::panic;
use std::sync::{Mutex, Once, PoisonError};

/// Of the first panic that nobody has asked for yet, on any thread.
static TEXT: Mutex<Option<String>> = Mutex::new(None);

/// From here on texts are kept. The hook is of this library's own copy of the standard library, so
/// that nobody else's panics come here.
pub fn keep() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        panic::set_hook(Box::new(|panic| {
            let mut text = TEXT.lock().unwrap_or_else(PoisonError::into_inner);
            text.get_or_insert_with(|| panic.to_string().replace('\n', " "));
        }))
    });
}

pub fn take() -> Option<String> {
    TEXT.lock().unwrap_or_else(PoisonError::into_inner).take()
}
