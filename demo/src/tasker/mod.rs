//! A small Tasker: tasks and steps with their state machines, an orchestrator, workers, and queues
//! between them.
//!
//! The traits [`Store`], [`Transaction`] and [`Queue`] hide where state and messages are: in the
//! memory of one process, or in a database that several processes share.
//!
//! Any process may be killed at any time. Its open transaction is rolled back, and its message is
//! delivered again. The process that gets the message continues from the state in the store.

mod claim;
mod error;
mod handler;
mod in_process;
mod initializer;
mod memory;
pub mod message;
mod named;
mod orchestrator;
pub mod postgres;
mod queue;
mod readiness;
mod report;
mod step;
mod step_machine;
mod step_state;
mod store;
mod task;
mod task_state;
mod template;
mod transaction;
mod unhandled;
mod worker;

pub use claim::{Claim, LostAttempt};
pub use error::{TaskerError, TaskerResult};
pub use handler::{HandlerRegistry, HandlerResult, StepOutput};
pub use in_process::InProcessTasker;
pub use initializer::TaskInitializer;
pub use memory::{MemoryQueue, MemoryStore, MemoryTransaction};
pub use orchestrator::{Orchestrator, Trigger, Work, decide};
pub use queue::{Delivery, Queue};
pub use readiness::{ExecutionStatus, TaskContext};
pub use step::{StepExecutionResult, StepFailure, TaskSequenceStep, WorkflowStep};
pub use step_state::{StepEvent, WorkflowStepState};
pub use store::{Store, cancel};
pub use task::{Task, TaskRequest};
pub use task_state::{TaskEvent, TaskState};
pub use template::{StepTemplate, TaskTemplate, TaskTemplateRegistry};
pub use transaction::Transaction;
pub use worker::Worker;
