//! The arguments of the measured functions, the same for every subject and in every process.

use fastrand::Rng;
use tasker_span_runtime::{SpanFields, Uuid};

/// One call of a measured function: a step as a message of Tasker describes it.
#[derive(Clone, Debug, SpanFields)]
pub(crate) struct Call {
    pub(crate) correlation_id: Uuid,
    pub(crate) task_uuid: Uuid,
    pub(crate) step_uuid: Uuid,
    pub(crate) handler_name: String,
    pub(crate) namespace: String,
    pub(crate) attempt_number: i32,
}

/// The return type of the measured functions.
pub(crate) type Reply = Result<i32, Failed>;

/// The error that no measured function returns.
#[derive(Debug)]
pub(crate) struct Failed;

impl Call {
    /// A step, alone in its task.
    pub(crate) fn new(number: u64) -> Self {
        let mut call = Self {
            correlation_id: Uuid::nil(),
            task_uuid: Uuid::nil(),
            step_uuid: Uuid::nil(),
            handler_name: "charge_payment".to_owned(),
            namespace: "payments".to_owned(),
            attempt_number: 1,
        };
        call.set_task(number);
        call.set_step(number);
        call
    }

    #[inline]
    pub(crate) fn set_task(&mut self, number: u64) {
        let mut random = Rng::with_seed(number);
        self.correlation_id = id(&mut random);
        self.task_uuid = id(&mut random);
    }

    #[inline]
    pub(crate) fn set_step(&mut self, number: u64) {
        self.step_uuid = id(&mut Rng::with_seed(!number));
    }
}

/// The name of a namespace among many.
pub(crate) fn namespace(number: usize) -> String {
    format!("tenant_{number}")
}

/// Of version 4, as the ids of Tasker are.
fn id(random: &mut Rng) -> Uuid {
    uuid::Builder::from_random_bytes(random.u128(..).to_ne_bytes()).into_uuid()
}
