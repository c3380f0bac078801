//! What the measured functions are called with: the same for every subject.

use std::sync::LazyLock;

use tasker_span_runtime::{SpanFields, Uuid};

/// One call of a measured function: a step, as a message of Tasker describes it.
#[derive(Clone, Debug, SpanFields)]
pub struct Call {
    /// The caller's id.
    pub correlation_id: Uuid,
    /// The task's.
    pub task_uuid: Uuid,
    /// The step's.
    pub step_uuid: Uuid,
    /// What executes the step.
    pub handler_name: String,
    /// The namespace of the task.
    pub namespace: String,
    /// Which attempt it is.
    pub attempt_number: i32,
}

/// What the measured functions return.
pub type Reply = Result<i32, Refused>;

/// The error that no measured function returns.
#[derive(Debug)]
pub struct Refused;

/// More than any cache of ids in front of a subject would hold, and few enough for the processor's own.
pub const DIFFERENT: usize = 4_096;

/// A namespace that no rate is ever given to.
pub const NAMESPACE: &str = "payments";

/// Calls that all have ids of their own, and one namespace.
pub static CALLS: LazyLock<Vec<Call>> = LazyLock::new(|| {
    let mut ids = Ids::new(1);
    (0..DIFFERENT).map(|_| call(&mut ids, NAMESPACE.to_owned())).collect()
});

/// Calls in many namespaces, in which those of each namespace are far apart.
pub fn in_namespaces(namespaces: u32) -> Vec<Call> {
    let mut ids = Ids::new(2);
    let names = (0..namespaces).map(namespace).cycle();
    let calls = usize::try_from(namespaces).unwrap_or(DIFFERENT).max(DIFFERENT);
    names.take(calls).map(|name| call(&mut ids, name)).collect()
}

/// The name of a namespace among many.
pub fn namespace(number: u32) -> String {
    format!("tenant_{number}")
}

/// So many steps, of which so many at a time belong to one task.
pub fn of_tasks(steps: u32, per_task: u32) -> Vec<Call> {
    let mut ids = Ids::new(3);
    let mut task = call(&mut ids, NAMESPACE.to_owned());
    let steps = (0..steps).map(|step| {
        if step % per_task == 0 {
            task = call(&mut ids, NAMESPACE.to_owned());
        }
        Call {
            step_uuid: ids.next(),
            ..task.clone()
        }
    });
    steps.collect()
}

fn call(ids: &mut Ids, namespace: String) -> Call {
    Call {
        correlation_id: ids.next(),
        task_uuid: ids.next(),
        step_uuid: ids.next(),
        handler_name: "charge_payment".to_owned(),
        namespace,
        attempt_number: 1,
    }
}

/// Random UUIDs of version 4, the same in every process.
struct Ids(SplitMix);

impl Ids {
    fn new(seed: u64) -> Self {
        Self(SplitMix::new(seed))
    }

    fn next(&mut self) -> Uuid {
        let bits = u128::from(self.0.draw()) << 64 | u128::from(self.0.draw());
        uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    }
}

/// Vigna's generator: good enough for ids and for the order of turns.
#[derive(Debug)]
pub struct SplitMix(u64);

impl SplitMix {
    /// The sequence that belongs to a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Puts items into another order, each order as likely as any other.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            let among = u64::try_from(end + 1).unwrap_or(u64::MAX);
            let chosen = usize::try_from(self.draw() % among).unwrap_or(0);
            items.swap(end, chosen);
        }
    }
}
