//! How a program stops.

use std::error::Error;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};

use super::stop_requested;
use crate::tasker::TaskerResult;
use crate::tasker::postgres::PgmqQueue;

/// How long handlers may go on that run when the program is asked to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Does the program's `work` while the engine's loops run, until it is done or the program is asked to stop: then there is
/// no output. Ends the loops in either case. A second signal does not wait for handlers.
///
/// # Errors
///
/// Where the work or one of the loops fails.
pub async fn until_stopped<T>(
    queue: &PgmqQueue,
    mut loops: JoinSet<TaskerResult<()>>,
    work: impl Future<Output = Result<T, Box<dyn Error>>>,
) -> Result<Option<T>, Box<dyn Error>> {
    let done = tokio::select! {
        done = work => done.map(Some),
        asked = stop_requested() => {
            println!("stopping");
            asked.map(|()| None).map_err(Into::into)
        }
        Some(ended) = loops.join_next() => failure(ended),
    };
    queue.close();
    let ended = tokio::select! {
        ended = tokio::time::timeout(GRACE, ended(&mut loops)) => ended.unwrap_or(Ok(())),
        _ = stop_requested() => Ok(()),
    };
    if !loops.is_empty() {
        println!("not waiting for what still runs: another process takes it over");
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
