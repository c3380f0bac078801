//! PGMQ with the trace context: messages know which span sent them.
//!
//! [`send()`] and [`read()`] do what the `pgmq` crate's functions of these names do; besides, they write the sender's context
//! into the headers, and read it from there. Everything else remains with that crate: queues are created, messages deleted,
//! archived and kept hidden by its [`PGMQueueExt`](::pgmq::PGMQueueExt), on the same pool.
//!
//! ```no_run
//! use std::time::Duration;
//! use tasker_span_runtime::pgmq;
//!
//! # async fn work() -> Result<(), ::pgmq::PgmqError> {
//! let pool = sqlx::PgPool::connect("postgres://postgres:postgres@localhost:5432/postgres").await?;
//! let queues = ::pgmq::PGMQueueExt::new_with_pool(pool.clone()).await;
//! queues.create("greetings").await?;
//!
//! pgmq::send("greetings", "Good morning").execute(&pool).await?;
//!
//! let message = pgmq::read::<String>("greetings", Duration::from_secs(30)).fetch_optional(&pool).await?;
//! if let Some(message) = message {
//!     println!("{}", message.message);
//!     queues.delete("greetings", message.msg_id).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The executor is whatever `sqlx` takes: `&pool`, `&mut connection`, `&mut *transaction`. Inside the caller's transaction a
//! message is sent if and only if the transaction commits.
//!
//! The SQL of PGMQ must be 1.5 or later, which has headers. The
//! [page on PGMQ](https://github.com/tasker-systems/tasker-span/blob/main/docs/pgmq.md) goes through all of it.

mod batch;
mod headers;
mod message;
mod read;
mod seconds;
mod send;
mod unreadable;

pub use batch::{SendBatch, send_batch};
pub use message::Message;
pub use read::{Read, read};
pub use send::{Send, send};
pub use unreadable::UnreadableMessage;

/// The `messaging.system` of PGMQ.
const SYSTEM: &str = "pgmq";
