//! When a request is sent again, by the OTLP specification's sections [Failures][grpc] and [Retryable Response Codes][http].
//!
//! [grpc]: https://opentelemetry.io/docs/specs/otlp/#failures
//! [http]: https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes

use std::future::{Future, poll_fn};
use std::hash::{BuildHasher, RandomState};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, timeout_at};

use super::Client;
use super::problem::Retry;
use crate::export::otlp::Answer;

/// The delay before the second attempt. It doubles with each one.
const FIRST_DELAY: Duration = Duration::from_millis(200);
/// More than that is no limit, and would be beyond the clock.
const LONGEST_TIMEOUT: Duration = Duration::from_hours(24 * 365);
const LONGEST_DELAY: Duration = Duration::from_secs(5);

/// Sends a request until a collector accepts it or refuses it for good, or the time is over. `on_retry` is told why an
/// attempt has failed that is made again.
pub(super) async fn export(
    client: &impl Client,
    request: Bytes,
    timeout: Duration,
    on_retry: impl Fn(&str),
) -> Result<Answer, String> {
    let deadline = Instant::now() + timeout.min(LONGEST_TIMEOUT);
    let mut delay = FIRST_DELAY;
    let mut last = None;
    loop {
        let mut attempt = pin!(client.attempt(request.clone()));
        let attempt = match timeout_at(deadline, attempt.as_mut()).await {
            Ok(done) => Some(done),
            // The thread may have been held up, and the answer be there.
            Err(_) => last_look(attempt.as_mut()).await,
        };
        let Some(attempt) = attempt else {
            client.disconnect();
            let before = last.map(|message| format!("; before: {message}")).unwrap_or_default();
            return Err(format!("no answer within {timeout:?}{before}"));
        };
        let problem = match attempt {
            Ok(answer) => return Ok(answer),
            Err(problem) => problem,
        };
        let wait = match problem.retry {
            Retry::Never => return Err(problem.message),
            Retry::Soon => jittered(delay),
            Retry::After(asked) => asked.max(jittered(delay)),
        };
        if deadline.saturating_duration_since(Instant::now()) <= wait {
            return Err(match problem.retry {
                Retry::After(asked) => format!("{}; it asks to wait for {asked:?}", problem.message),
                Retry::Soon | Retry::Never => format!("{}; given up after {timeout:?}", problem.message),
            });
        }
        on_retry(&problem.message);
        last = Some(problem.message);
        sleep(wait).await;
        delay = (2 * delay).min(LONGEST_DELAY);
    }
}

/// Serves connections a few times, without waiting.
async fn last_look<T>(mut attempt: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    for _ in 0..8 {
        yield_now().await;
        if let Poll::Ready(done) = poll_fn(|context| Poll::Ready(attempt.as_mut().poll(context))).await {
            return Some(done);
        }
    }
    None
}

/// Between half of it and all of it, so that processes that have failed together do not come back together.
fn jittered(delay: Duration) -> Duration {
    // The standard library's only source of randomness.
    let random = RandomState::new().hash_one(0) % 1024;
    let half = delay / 2;
    half + half * u32::try_from(random).unwrap_or_default() / 1024
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::export::transport::Problem;

    /// Answers its attempts one after the other, then not at all.
    #[derive(Default)]
    struct Script {
        answers: Mutex<Vec<Result<Answer, Problem>>>,
        attempts: AtomicUsize,
        disconnects: AtomicUsize,
    }

    impl Script {
        fn new(answers: impl IntoIterator<Item = Result<Answer, Problem>>) -> Self {
            let mut answers: Vec<_> = answers.into_iter().collect();
            answers.reverse();
            Self {
                answers: Mutex::new(answers),
                ..Self::default()
            }
        }

        fn run(&self, timeout: Duration) -> (Result<Answer, String>, usize) {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let result = runtime.block_on(export(self, Bytes::new(), timeout, |_| ()));
            (result, self.attempts.load(Ordering::Relaxed))
        }
    }

    impl Client for Script {
        async fn attempt(&self, _request: Bytes) -> Result<Answer, Problem> {
            self.attempts.fetch_add(1, Ordering::Relaxed);
            let answer = self.answers.lock().unwrap().pop();
            match answer {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        }

        fn disconnect(&self) {
            self.disconnects.fetch_add(1, Ordering::Relaxed);
        }
    }

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn sends_again_what_may_succeed_and_never_what_was_accepted() {
        let busy = || Err(Problem::passing("busy"));
        let script = Script::new([busy(), busy(), Ok(Answer::default()), busy()]);
        assert_eq!(script.run(LONG), (Ok(Answer::default()), 3));
    }

    #[test]
    fn does_not_send_again_what_was_refused() {
        let script = Script::new([Err(Problem::permanent("wrong")), Ok(Answer::default())]);
        assert_eq!(script.run(LONG), (Err("wrong".to_owned()), 1));
    }

    #[test]
    fn waits_as_asked_and_not_beyond_the_timeout() {
        let asks = |seconds| Err(Problem::passing("busy").after(Some(Duration::from_secs(seconds))));
        let script = Script::new([asks(1), Ok(Answer::default())]);
        let began = Instant::now();
        assert_eq!(script.run(LONG), (Ok(Answer::default()), 2));
        assert!(began.elapsed() >= Duration::from_secs(1));
        let script = Script::new([asks(60), Ok(Answer::default())]);
        assert_eq!(script.run(LONG), (Err("busy; it asks to wait for 60s".to_owned()), 1));
    }

    #[test]
    fn does_not_hurry_if_the_collector_asks_for_no_wait() {
        let asks = || Err(Problem::passing("busy").after(Some(Duration::ZERO)));
        let script = Script::new([asks(), asks(), Ok(Answer::default())]);
        let began = Instant::now();
        assert_eq!(script.run(LONG), (Ok(Answer::default()), 3));
        assert!(began.elapsed() >= FIRST_DELAY / 2 + FIRST_DELAY);
    }

    #[test]
    fn waits_beyond_the_clock_are_no_waits() {
        let asks = Err(Problem::passing("busy").after(Some(Duration::MAX)));
        assert!(Script::new([asks]).run(LONG).0.is_err());
        let script = Script::new([Ok(Answer::default())]);
        assert_eq!(script.run(Duration::MAX), (Ok(Answer::default()), 1));
    }

    #[test]
    fn replaces_the_connection_of_an_attempt_without_an_answer() {
        let script = Script::new([Err(Problem::passing("busy"))]);
        let (result, attempts) = script.run(Duration::from_millis(500));
        assert_eq!(result, Err("no answer within 500ms; before: busy".to_owned()));
        assert_eq!((attempts, script.disconnects.load(Ordering::Relaxed)), (2, 1));
    }

    #[test]
    fn the_jitter_is_within_half_of_the_delay() {
        let delay = Duration::from_secs(1);
        assert!(
            (0..200)
                .map(|_| jittered(delay))
                .all(|wait| wait >= delay / 2 && wait <= delay)
        );
    }
}
