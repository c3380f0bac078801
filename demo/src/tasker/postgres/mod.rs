//! The engine's seams on a database with PGMQ, for several processes.
//!
//! State and messages lie in one database, so that one transaction commits both or neither: a task that has moved has
//! sent its messages, and nobody reads a message of a move that was rolled back.
//!
//! # Locks
//!
//! Whoever changes a task locks its row first, then the rows of its steps in the order of their positions. Whoever
//! changes one step only, as workers do, locks no more than that row after the task's. So no two transactions wait for
//! each other, and they are short: no handler runs inside one.
//!
//! # Why `READ COMMITTED` is enough
//!
//! A statement of the default isolation level sees what was committed before it began, and a `SELECT … FOR UPDATE` that
//! had to wait returns the row as the other transaction left it. Three things follow.
//!
//! - What a decision rests on, a task's state and those of its steps, is read under locks that last until the commit:
//!   nobody can change it in between. Two orchestrators with messages about one task work one after the other, and the
//!   second finds the state that the first one left.
//! - Only the states of child tasks are read without a lock. A child that ends later than it was looked at sends its parent
//!   a message in the transaction that ends it, and whoever reads that message looks again.
//! - Every transition also compares and sets (`UPDATE … WHERE state = …`), so that a caller who had locked nothing gets a
//!   conflict instead of overwriting.
//!
//! A higher level would add failures to serialise, which callers must repeat, and protect nothing more.

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

pub use install::install;
pub use progress::TaskProgress;
pub use queue::PgmqQueue;
pub use store::PgStore;
pub use transaction::PgTransaction;
