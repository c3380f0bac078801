//! Waiting for what another process does.

use std::thread;
use std::time::{Duration, Instant};

/// Generous: passing takes a fraction of it, and a busy machine must not fail a test.
const DEADLINE: Duration = Duration::from_mins(1);
/// How long to wait between two looks.
const POLL: Duration = Duration::from_millis(50);

/// Looks until there is what is waited for, and returns it. What is there instead is the look's error.
///
/// ```
/// use tasker_span_tests::servers::wait_for;
///
/// let mut looks = 0;
/// let third = wait_for("a third look", || {
///     looks += 1;
///     if looks == 3 { Ok(looks) } else { Err(format!("look {looks}")) }
/// });
/// assert_eq!(third, 3);
/// ```
///
/// # Panics
///
/// After a minute, with what was there at last.
#[track_caller]
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    let begun = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(instead) => assert!(
                begun.elapsed() < DEADLINE,
                "waited {DEADLINE:?} in vain for {what}; at last there was:\n{instead}"
            ),
        }
        thread::sleep(POLL);
    }
}
