//! Store, transactions and queues in a database with PGMQ, for several processes.
//!
//! State and messages are in one database, so one transaction commits both.
//!
//! # Locks
//!
//! A transaction locks the row of the task first. Then it locks the rows of its steps in the order
//! of their positions, or one of them only. So no two transactions wait for each other. They are
//! short: no handler runs inside one.
//!
//! # Why `READ COMMITTED` is enough
//!
//! - A decision rests on the states of a task and its steps. `SELECT … FOR UPDATE` reads them as
//!   the last transaction left them and keeps them until the commit. Of two orchestrators with
//!   messages about one task, the second finds the state that the first one left.
//! - Only the states of child tasks are read without a lock. If a child ends later, the transaction
//!   that ends it sends a message to the parent, and the parent is processed again.
//! - Each transition also compares the state (`UPDATE … WHERE state = …`). Without a lock it fails
//!   with a conflict instead of overwriting.
//!
//! A higher isolation level would protect nothing more, and add serialisation failures, which
//! callers must repeat.

mod change;
mod claim;
mod context;
mod error;
mod install;
mod outage;
mod progress;
mod queue;
mod rows;
mod store;
mod transaction;
mod upkeep;

pub use install::install;
pub use progress::TaskProgress;
pub use queue::PgmqQueue;
pub use store::PgStore;
pub use transaction::PgTransaction;
pub use upkeep::MovedTask;
