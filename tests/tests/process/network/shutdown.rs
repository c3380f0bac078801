//! Flushes and shutdowns from everywhere in a program, and of many threads at once.

use std::cell::RefCell;
use std::panic;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use tasker_span_runtime::{Error, Stats, Telemetry, stats};
use tasker_span_tests::collector::{Behaviour, Collector};
use tasker_span_tests::process;

use super::{PROTOCOLS, set_up};
use crate::{DEADLINE, end_spans};

const SPANS: u64 = 1_500;

fn assert_all_arrived(collector: &Collector, stats: &Stats) {
    let counts = collector.counts();
    assert_eq!((counts.taken, counts.repeated), (SPANS, 0));
    assert_eq!(
        (stats.spans_ended, stats.spans_exported, stats.lost(), stats.pending()),
        (SPANS, SPANS, 0, 0)
    );
}

#[test]
fn flushes_and_shutdowns_at_once_lose_nothing() {
    process::alone_each(PROTOCOLS, |protocol| {
        let slow = Behaviour::Slow(Duration::from_millis(200));
        let (collector, telemetry) = set_up(protocol, slow, DEADLINE);
        end_spans(&telemetry, SPANS);
        let barrier = Barrier::new(12);
        let after_barrier = || {
            barrier.wait();
            &telemetry
        };
        thread::scope(|threads| {
            let flushes: Vec<_> = (0..10)
                .map(|_| threads.spawn(|| after_barrier().flush(DEADLINE)))
                .collect();
            let shutdowns = [(); 2].map(|()| threads.spawn(|| after_barrier().shutdown(DEADLINE)));
            let [first, second] = shutdowns.map(|shutdown| shutdown.join().unwrap().unwrap());
            assert_eq!(first, second);
            assert_all_arrived(&collector, &first);
            for flush in flushes {
                let result = flush.join().unwrap();
                assert!(
                    result.as_ref().map_or_else(Error::is_shut_down, |()| true),
                    "{result:?}"
                );
            }
        });
    });
}

#[test]
fn dropping_it_exports() {
    process::alone_each(PROTOCOLS, |protocol| {
        let (collector, telemetry) = set_up(protocol, Behaviour::Take, DEADLINE);
        end_spans(&telemetry, SPANS);
        drop(telemetry);
        assert_all_arrived(&collector, &stats());
    });
}

#[test]
fn a_panic_hook_may_shut_it_down() {
    process::alone_each(PROTOCOLS, |protocol| {
        let (collector, telemetry) = set_up(protocol, Behaviour::Take, DEADLINE);
        let telemetry = Arc::new(telemetry);
        end_spans(&telemetry, SPANS);
        let shared = Arc::clone(&telemetry);
        panic::set_hook(Box::new(move |_| {
            shared.flush(DEADLINE).unwrap();
            shared.shutdown(DEADLINE).unwrap();
        }));
        thread::spawn(|| panic!("expected")).join().unwrap_err();
        drop(panic::take_hook());
        assert_all_arrived(&collector, &stats());
    });
}

#[test]
fn a_destructor_of_a_thread_may_shut_it_down() {
    thread_local! {
        static TELEMETRY: RefCell<Option<Telemetry>> = const { RefCell::new(None) };
    }
    process::alone_each(PROTOCOLS, |protocol| {
        let (collector, telemetry) = set_up(protocol, Behaviour::Take, DEADLINE);
        thread::spawn(move || {
            // The destructors of what spans keep for a thread may run before that of the telemetry.
            TELEMETRY.with_borrow_mut(|local| *local = Some(telemetry));
            TELEMETRY.with_borrow(|local| end_spans(local.as_ref().unwrap(), SPANS));
        })
        .join()
        .unwrap();
        assert_all_arrived(&collector, &stats());
    });
}
