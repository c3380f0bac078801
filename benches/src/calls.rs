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

/// A namespace that no rate is ever given to.
pub const NAMESPACE: &str = "payments";

/// The name of a namespace among many.
pub fn namespace(number: u32) -> String {
    format!("tenant_{number}")
}

/// A few thousand calls, each about a step and a task of its own.
pub static CALLS: LazyLock<Vec<Call>> = LazyLock::new(|| {
    let identities = identities(4_096, 1);
    identities.iter().map(Call::of).collect()
});

/// What makes a call another one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity {
    correlation_id: Uuid,
    task_uuid: Uuid,
    step_uuid: Uuid,
}

/// So many steps, of which so many at a time belong to one task.
pub fn identities(steps: usize, per_task: usize) -> Vec<Identity> {
    let mut ids = Ids(SplitMix::new(1));
    let mut of_task = Identity::default();
    let steps = (0..steps).map(|step| {
        if step % per_task == 0 {
            of_task.correlation_id = ids.draw();
            of_task.task_uuid = ids.draw();
        }
        Identity {
            step_uuid: ids.draw(),
            ..of_task
        }
    });
    steps.collect()
}

impl Call {
    /// The call about a step.
    pub fn of(identity: &Identity) -> Self {
        let mut call = Self {
            correlation_id: Uuid::nil(),
            task_uuid: Uuid::nil(),
            step_uuid: Uuid::nil(),
            handler_name: "charge_payment".to_owned(),
            namespace: NAMESPACE.to_owned(),
            attempt_number: 1,
        };
        call.become_one_of(identity);
        call
    }

    /// Makes it a call about another step.
    #[inline]
    pub fn become_one_of(&mut self, identity: &Identity) {
        self.correlation_id = identity.correlation_id;
        self.task_uuid = identity.task_uuid;
        self.step_uuid = identity.step_uuid;
    }
}

/// Random UUIDs of version 4, the same in every process.
struct Ids(SplitMix);

impl Ids {
    fn draw(&mut self) -> Uuid {
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
