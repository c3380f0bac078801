//! Threads that live as long as the worker, as those of a program do.

use std::hint::black_box;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use super::calls::{IDENTITIES, Window};
use crate::calls::{Call, Reply};

/// What one thread is to do.
struct Job {
    calls: Window<'static>,
    start: Arc<Barrier>,
    done: Sender<(Instant, Instant)>,
}

/// Threads that call one function.
pub(super) struct Team {
    function: fn(&Call) -> Reply,
    members: Vec<Sender<Job>>,
}

impl Team {
    pub(super) fn new(function: fn(&Call) -> Reply) -> Self {
        Self {
            function,
            members: Vec::new(),
        }
    }

    /// From the moment when the first thread begins to the one when the last has ended.
    pub(super) fn run(&mut self, threads: u32, calls: Window<'_>) -> Duration {
        let threads = usize::try_from(threads).unwrap_or(1);
        while self.members.len() < threads {
            let (job, jobs) = channel();
            let function = self.function;
            thread::spawn(move || work(function, &jobs));
            self.members.push(job);
        }
        let start = Arc::new(Barrier::new(threads));
        let (done, ends) = channel();
        for (number, member) in self.members.iter().take(threads).enumerate() {
            let job = Job {
                calls: calls.on(&IDENTITIES).part(number, threads),
                start: Arc::clone(&start),
                done: done.clone(),
            };
            // A member ends only with the process.
            let _ = member.send(job);
        }
        drop(done);
        let (begun, ended): (Vec<_>, Vec<_>) = ends.iter().unzip();
        match (begun.into_iter().min(), ended.into_iter().max()) {
            (Some(begun), Some(ended)) => ended.duration_since(begun),
            _ => Duration::ZERO,
        }
    }
}

fn work(function: fn(&Call) -> Reply, jobs: &Receiver<Job>) {
    for Job { calls, start, done } in jobs {
        start.wait();
        let begun = Instant::now();
        calls.each(|call| {
            // No call returns the error.
            let _ = black_box(function(black_box(call)));
        });
        let _ = done.send((begun, Instant::now()));
    }
}
