//! Memory of records, for reuse. The thread that delivers records hands their memory back in batches, so that threads that end
//! spans neither allocate nor meet each other.

use std::cell::RefCell;
use std::sync::Mutex;

use super::span_record::SpanRecord;
use crate::lock::lock;
use crate::prefetch::prefetch;

/// How many records a batch has.
const BATCH: usize = 64;
/// How many batches wait for a thread.
const BATCHES: usize = 32;

/// The record is taken and given by pointer: it is written once.
type Batch = Vec<Box<SpanRecord>>;

static BATCHES_LEFT: Mutex<Vec<Batch>> = Mutex::new(Vec::new());

thread_local! {
    static OWN: RefCell<Batch> = const { RefCell::new(Vec::new()) };
}

fn with<R>(act: impl FnOnce(&mut Batch) -> R) -> Option<R> {
    OWN.try_with(|own| Some(act(&mut *own.try_borrow_mut().ok()?)))
        .ok()
        .flatten()
}

/// An empty record.
#[inline]
pub(crate) fn take() -> Box<SpanRecord> {
    let own = with(|own| {
        let record = own.pop();
        // For the next span: another thread has written into it.
        if let Some(next) = own.last() {
            prefetch(&**next);
        }
        record
    });
    own.flatten().unwrap_or_else(take_from_others)
}

#[cold]
fn take_from_others() -> Box<SpanRecord> {
    let batch = lock(&BATCHES_LEFT).and_then(|mut batches| batches.pop());
    let left = batch.and_then(|mut batch| {
        let record = batch.pop();
        with(|own| std::mem::swap(own, &mut batch));
        record
    });
    left.unwrap_or_default()
}

/// The record in the pool's memory.
pub(crate) fn fill(record: SpanRecord) -> Box<SpanRecord> {
    let mut memory = take();
    *memory = record;
    memory
}

/// Keeps the memory of a record.
pub(crate) fn give(mut record: Box<SpanRecord>) {
    record.clear();
    let batch = with(|own| {
        own.push(record);
        (own.len() >= BATCH).then(|| std::mem::replace(own, Vec::with_capacity(BATCH)))
    });
    if let Some(batch) = batch.flatten()
        && let Some(mut batches) = lock(&BATCHES_LEFT)
        // Beyond the bound, the memory is freed.
        && batches.len() < BATCHES
    {
        batches.push(batch);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::record::{End, Extra};
    use crate::sampled_by::SampledBy;
    use crate::sampling::SampleReason;

    #[test]
    fn a_record_that_is_used_again_is_empty() {
        let mut record = Box::<SpanRecord>::default();
        // With a full batch beside it, it would be handed on to other threads.
        with(Vec::clear);
        record.attributes.task_uuid = Some(Uuid::max());
        record.end = End::Panicked;
        record.reason = SampleReason::AtEnd(SampledBy::Error);
        record.extra = Some(Box::new(Extra::default()));
        let memory = &raw const *record;
        give(record);
        let record = take();
        assert!(std::ptr::eq(&raw const *record, memory));
        assert_eq!(format!("{record:?}"), format!("{:?}", SpanRecord::default()));
    }

    #[test]
    fn the_pool_is_bounded() {
        let records: Vec<_> = (0..BATCH * (BATCHES + 2)).map(|_| take()).collect();
        records.into_iter().for_each(give);
        assert!(BATCHES_LEFT.lock().unwrap().len() <= BATCHES && with(|own| own.len()) < Some(BATCH));
    }
}
