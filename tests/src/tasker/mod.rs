//! A small Tasker: tasks and steps with their state machines, an orchestrator, workers, and queues between them.
//!
//! State and queues are behind the seams [`Store`] and [`Queue`], so that the same engine runs inside one process or as
//! several processes on a database.

mod error;
mod handler;
mod in_process;
mod in_process_queue;
mod initializer;
mod memory_store;
pub mod message;
mod named;
mod orchestrator;
mod queue;
mod readiness;
mod step;
mod step_machine;
mod step_state;
mod store;
mod task;
mod task_state;
mod template;
mod worker;

pub use error::{TaskerError, TaskerResult};
pub use handler::{HandlerRegistry, HandlerResult, StepOutput};
pub use in_process::{InProcessInitializer, InProcessTasker};
pub use in_process_queue::InProcessQueue;
pub use initializer::TaskInitializer;
pub use memory_store::MemoryStore;
pub use orchestrator::Orchestrator;
pub use queue::{Delivery, Queue};
pub use readiness::{ExecutionStatus, TaskContext};
pub use step::{StepExecutionResult, StepFailure, TaskSequenceStep, WorkflowStep};
pub use step_machine::StepStateMachine;
pub use step_state::{StepEvent, WorkflowStepState};
pub use store::Store;
pub use task::{Task, TaskRequest};
pub use task_state::{TaskEvent, TaskState};
pub use template::{StepTemplate, TaskTemplate, TaskTemplateRegistry};
pub use worker::Worker;
