//! `until_stopped`: the end of a program, by its work or by a signal.

use std::error::Error;
use std::io;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};

use super::print;
use crate::tasker::TaskerResult;
use crate::tasker::postgres::PgmqQueue;

/// How long running handlers may take after a signal.
const GRACE: Duration = Duration::from_secs(5);

/// Runs `work` beside the engine's loops, then ends the loops. Returns `None` after a signal to
/// stop.
///
/// Running handlers may finish within a grace time, or until a second signal.
pub async fn until_stopped<T>(
    queue: &PgmqQueue,
    mut loops: JoinSet<TaskerResult<()>>,
    work: impl Future<Output = Result<T, Box<dyn Error>>>,
) -> Result<Option<T>, Box<dyn Error>> {
    let done = tokio::select! {
        done = work => done.map(Some),
        asked = stop_requested() => {
            asked.and_then(|()| print("stopping\n")).map(|()| None).map_err(Into::into)
        }
        Some(ended) = loops.join_next() => failure(ended),
    };
    queue.close();
    let ended = tokio::select! {
        ended = tokio::time::timeout(GRACE, ended(&mut loops)) => ended.unwrap_or(Ok(())),
        _ = stop_requested() => Ok(()),
    };
    if queue.given_up() > 0 {
        print(format_args!(
            "{} messages given up: unreadable, or about unknown tasks\n",
            queue.given_up()
        ))?;
    }
    if !loops.is_empty() {
        print("stopped with handlers still running: another process takes over their steps\n")?;
        loops.detach_all();
    }
    done.and_then(|done| ended.map(|()| done))
}

async fn ended(loops: &mut JoinSet<TaskerResult<()>>) -> Result<(), Box<dyn Error>> {
    while let Some(ended) = loops.join_next().await {
        ended??;
    }
    Ok(())
}

/// A loop that ends before the queue is closed has failed.
fn failure<T>(ended: Result<TaskerResult<()>, JoinError>) -> Result<Option<T>, Box<dyn Error>> {
    ended??;
    Ok(None)
}

/// Waits for SIGTERM or Ctrl-C.
#[cfg(unix)]
async fn stop_requested() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
async fn stop_requested() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
