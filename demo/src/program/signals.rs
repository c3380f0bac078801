//! When to stop.

use std::io;

/// Waits until the process is asked to stop: by Ctrl-C, or as service managers and containers ask (SIGTERM).
///
/// # Errors
///
/// Where the operating system gives no notice of signals.
#[cfg(unix)]
pub async fn stop_requested() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Waits until the process is asked to stop, by Ctrl-C.
///
/// # Errors
///
/// Where the operating system gives no notice of it.
#[cfg(not(unix))]
pub async fn stop_requested() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
