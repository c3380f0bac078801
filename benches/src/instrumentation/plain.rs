//! No instrumentation at all: what the loop around the calls costs.

use std::hint::black_box;

use super::{Instrumentation, keep_pending, reply, reply_after};
use crate::calls::{Call, Reply};

/// Functions as they are.
#[derive(Debug)]
pub struct Plain;

impl Instrumentation for Plain {
    fn step(call: &Call) -> Reply {
        step(call)
    }

    fn around<R>(_: &Call, work: impl FnOnce() -> R) -> R {
        work()
    }

    fn handler(call: &Call) -> Reply {
        step(call)
    }

    fn nested(call: &Call, depth: u32) -> Reply {
        nested(call, depth)
    }

    fn polled(call: &Call, polls: u32) -> impl Future<Output = Reply> {
        reply_after(call, polls)
    }

    fn carrying(call: &Call, payload: [u8; 512]) -> impl Future<Output = Reply> {
        carry(call, payload)
    }

    fn with_uuids(call: &Call) -> Reply {
        step(call)
    }

    fn with_strs(call: &Call) -> Reply {
        step(call)
    }

    fn with_strings(call: &Call) -> Reply {
        step(call)
    }

    fn with_integers(call: &Call) -> Reply {
        step(call)
    }

    fn task<R>(_: &Call, work: impl FnOnce() -> R) -> R {
        work()
    }
}

fn step(call: &Call) -> Reply {
    reply(call)
}

fn nested(call: &Call, depth: u32) -> Reply {
    if depth > 1 {
        nested(call, depth - 1)
    } else {
        reply(call)
    }
}

async fn carry(call: &Call, payload: [u8; 512]) -> Reply {
    keep_pending().await;
    black_box(&payload);
    reply(call)
}
