//! A running span: from an annotated function's arguments to the record of its end. This folder
//! knows the calling side of `tracing`; the subscriber's side is in `subscriber`.
//!
//! ```text
//! start → inherit, decide, position, claim → LocalSpan ⇄ stack → end → record
//!                                              ↑ late, sent, carry, future
//! ```

mod carry;
mod claim;
mod conflict;
mod creation;
mod decide;
mod detached;
#[allow(missing_docs, reason = "called by expansions only")]
mod end;
#[allow(missing_docs, reason = "called by expansions only")]
pub(crate) mod ending;
mod export;
mod foreign;
mod future;
mod hierarchy;
mod inherit;
mod late;
mod local;
mod lost;
mod lost_attempt;
mod measure;
mod moment;
mod open;
mod open_work;
mod placing;
mod position;
mod previous;
mod promoted;
pub(crate) mod random;
mod reported;
mod resolve;
mod root;
mod row;
mod sampling_decision;
mod scoped;
mod sent;
mod settings;
mod shared;
pub(crate) mod stack;
#[allow(missing_docs, reason = "called by expansions only")]
mod start;
mod started_at;
pub(crate) mod tell;
mod unknown_namespace;
mod unplaced;
mod unseen;
mod violation;

pub use carry::{FutureExt, InScope, in_current_scope};
pub(crate) use creation::pin;
pub use detached::DetachedSpan;
pub(crate) use detached::cancel_detached;
pub(crate) use end::end_unobserved;
pub use ending::Ending;
pub(crate) use foreign::foreign;
pub(crate) use future::Traced;
pub(crate) use late::{record_late, record_on_active};
pub(crate) use local::LocalSpan;
pub use lost::record_lost_attempt;
pub use lost_attempt::LostAttempt;
pub(crate) use open_work::Registry as OpenWorkRegistry;
pub use open_work::{OpenWork, OpenWorkKind};
pub(crate) use position::{context_of, hand_out, is_exported};
pub(crate) use promoted::Promoted;
pub use row::record_transition;
pub use scoped::{EnteredSpan, ScopedSpan};
pub use sent::record_sent_message;
pub(crate) use settings::Settings;
pub use settings::SpanLayer;
pub use start::{Deferred, Start};
pub use unknown_namespace::UnknownNamespace;
pub(crate) use unseen::{await_layer, note_end};
