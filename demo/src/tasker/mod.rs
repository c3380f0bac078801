//! A small Tasker: tasks and steps with their state machines, an orchestrator, workers, and queues between them.
//!
//! State and queues are behind the seams [`Store`], [`Transaction`] and [`Queue`], so that the same engine runs inside one
//! process or as several processes on a database.
//!
//! Any process may die at any time. What it had committed stands, what it had not never happened, and the message that it
//! was processing is delivered again, to a process that goes on from the state that it finds.

mod claim;
mod error;
mod handler;
mod in_process;
mod initializer;
pub mod memory;
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
mod worker;

pub use claim::{Claim, LostAttempt};
pub use error::{TaskerError, TaskerResult};
pub use handler::{HandlerRegistry, HandlerResult, StepOutput};
pub use in_process::{InProcessInitializer, InProcessTasker};
pub use initializer::TaskInitializer;
pub use memory::{MemoryQueue, MemoryStore, MemoryTransaction};
pub use orchestrator::{Orchestrator, Trigger, Work, decide};
pub use queue::{Delivery, Queue};
pub use readiness::{ExecutionStatus, TaskContext};
pub use step::{StepExecutionResult, StepFailure, TaskSequenceStep, WorkflowStep};
pub use step_state::{StepEvent, WorkflowStepState};
pub use store::Store;
pub use task::{Task, TaskRequest};
pub use task_state::{TaskEvent, TaskState};
pub use template::{StepTemplate, TaskTemplate, TaskTemplateRegistry};
pub use transaction::Transaction;
pub use worker::Worker;
