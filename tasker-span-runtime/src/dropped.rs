//! Scopes that sampling has dropped: a place in memory that is used again, until something inside them fails.
//!
//! A dropped scope opens no span. It keeps what its span would have carried, so that a failure can still be exported with
//! its required attributes, its times and its parents.

mod around;
mod export;
mod standing;

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use uuid::Uuid;

pub(crate) use self::around::{carry, chain, known};
pub(crate) use self::export::{keep, span_id};
pub(crate) use self::standing::{sampled_around, standing_in};
use crate::active::End;
use crate::attributes::Attributes;
use crate::catalogue::Family;
use crate::clock::{self, Instant};
use crate::dropped_steps;
use crate::identity::SpanId;
use crate::late;
use crate::memory;
use crate::outcome::Failure;
use crate::root;
use crate::sampling::Namespace;
use crate::scope::{self, Scope, entered};
use crate::site::Role;
use crate::start::Collected;
use crate::stats;

/// What a dropped scope has beyond any other.
#[derive(Debug)]
pub(crate) struct Dropped {
    /// Whether the task was dropped as a whole, or this step of it.
    pub(crate) level: Family,
    keeps_errors: bool,
    namespace: Option<Namespace>,
    /// What the scope is about, whether it was told or is known from around.
    task_uuid: Option<Uuid>,
    step_uuid: Option<Uuid>,
    began: Instant,
    /// When that was by the calendar, once somebody needs to know.
    started: OnceLock<SystemTime>,
    /// Something inside has failed: the span is exported when it ends, whatever its own outcome.
    keep: AtomicBool,
    span_id: OnceLock<SpanId>,
    /// When the scope ended while work that it had spawned still runs.
    ended: OnceLock<Instant>,
    exported: AtomicBool,
}

/// What a decision to drop says of a scope.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DropDecision {
    pub(crate) level: Family,
    pub(crate) keeps_errors: bool,
    /// Whose counts a kept error belongs to.
    pub(crate) namespace: Option<Namespace>,
    pub(crate) task_uuid: Option<Uuid>,
    pub(crate) step_uuid: Option<Uuid>,
}

/// How many scopes a thread keeps for later use.
const POOLED: usize = 32;

thread_local! {
    static POOL: RefCell<Vec<Arc<Scope>>> = const { RefCell::new(Vec::new()) };
}

/// Makes a scope of what was dropped, out of a used one where there is one. Where nothing is entered around it, a span of
/// tracing may still be, which is looked for when something fails.
pub(crate) fn scope(collected: &mut Collected, around: Option<&Arc<Scope>>) -> Arc<Scope> {
    let site = collected.site;
    let pooled = POOL.try_with(|pool| pool.borrow_mut().pop()).ok().flatten();
    let mut scope = pooled.unwrap_or_else(|| Arc::new(Scope::new(site, Attributes::default(), None, false)));
    if let (Some(scope), Some(drop)) = (Arc::get_mut(&mut scope), collected.dropped) {
        let began = collected.began.unwrap_or_else(clock::now);
        scope.reuse(collected, Dropped::new(drop, began));
        if let Some(around) = around {
            scope.stand_in(around);
        }
    }
    scope
}

/// The same for a scope that begins or ends where the code runs.
pub(crate) fn scope_of(mut collected: Box<Collected>) -> Arc<Scope> {
    let scope = scope(&mut collected, scope::innermost_entered().as_ref());
    entered::recycle(collected);
    scope
}

/// Notes the success of a dropped scope that nobody has asked about; false if more hangs on its end.
#[inline]
pub(crate) fn ends_unseen(collected: &Collected) -> bool {
    match collected.site.role() {
        Role::Other => true,
        Role::Execution => match collected.dropped.and_then(|drop| drop.step_uuid) {
            Some(step_uuid) => !dropped_steps::end(step_uuid, collected.attributes.attempt_number),
            None => true,
        },
        Role::Root | Role::Transition => false,
    }
}

impl Dropped {
    fn new(drop: DropDecision, began: Instant) -> Self {
        Self {
            level: drop.level,
            keeps_errors: drop.keeps_errors,
            namespace: drop.namespace,
            task_uuid: drop.task_uuid,
            step_uuid: drop.step_uuid,
            began,
            started: OnceLock::new(),
            keep: AtomicBool::new(false),
            span_id: OnceLock::new(),
            ended: OnceLock::new(),
            exported: AtomicBool::new(false),
        }
    }

    /// What the scopes inside inherit.
    #[inline]
    pub(crate) fn inherited(&self) -> DropDecision {
        DropDecision {
            level: self.level,
            keeps_errors: self.keeps_errors,
            namespace: self.namespace,
            task_uuid: self.task_uuid,
            step_uuid: self.step_uuid,
        }
    }

    pub(crate) fn keeps_errors(&self) -> bool {
        self.keeps_errors
    }

    /// The task in whose trace the scope stands, and the step that it is about.
    pub(crate) fn identity(&self) -> (Option<Uuid>, Option<Uuid>) {
        (self.task_uuid, self.step_uuid)
    }
}

/// Ends a dropped scope: nothing is exported of a success.
pub(crate) fn end(scope: Arc<Scope>, end: End<'_>) {
    let Some(dropped) = &scope.dropped else { return };
    let (failure, is_cancelled, is_unjudged) = match end {
        End::Returned(ending) => {
            if let Some(attributes) = ending.attributes() {
                late::record(&scope, attributes);
            }
            (ending.failure.take(), false, ending.is_unjudged)
        }
        End::Panicked => (Some(Failure::new("panic").with_description("panicked")), false, false),
        End::Cancelled => (None, true, false),
    };
    let has_failed = failure.is_some() || is_cancelled;
    // As of every span, the outcome of one that cannot be judged is no success either.
    if !has_failed && !is_unjudged && scope.site.family() == Family::Task {
        root::close(&scope);
    }
    if has_failed && dropped.keeps_errors || dropped.keep.load(Ordering::Relaxed) || is_wanted(&scope, dropped) {
        if failure.is_some() {
            stats::SPANS_FAILED.add_one();
        }
        if is_cancelled {
            stats::SPANS_CANCELLED.add_one();
        }
        export::export(&scope, clock::now(), failure, is_cancelled);
    } else {
        recycle(scope);
    }
}

/// Whether spans that have lost this scope point to it.
fn is_wanted(scope: &Scope, dropped: &Dropped) -> bool {
    match scope.site.role() {
        Role::Execution => {
            let attempt = scope.attributes().attempt_number;
            dropped
                .step_uuid
                .is_some_and(|step_uuid| dropped_steps::end(step_uuid, attempt))
        }
        Role::Root => dropped
            .task_uuid
            .and_then(memory::task)
            .is_some_and(|task| task.needs_root()),
        _ => false,
    }
}

/// Keeps the memory of a scope that nobody uses any more.
fn recycle(mut scope: Arc<Scope>) {
    let is_free = Arc::get_mut(&mut scope).is_some();
    let Some(dropped) = &scope.dropped else { return };
    if !is_free {
        // Work that it has spawned goes on, and may still fail.
        carry(&scope);
        let _ = dropped.ended.set(clock::now());
        // Either this sees the failure of just now, or the failure sees the end.
        fence(Ordering::SeqCst);
    }
    if dropped.keep.load(Ordering::Relaxed) {
        let ended = *dropped.ended.get_or_init(clock::now);
        export::export(&scope, ended, None, false);
    } else if is_free {
        export::release_id(&scope);
        if let Some(scope) = Arc::get_mut(&mut scope) {
            scope.leave();
        }
        let _ = POOL.try_with(|pool| {
            let mut pool = pool.borrow_mut();
            if pool.len() < POOLED {
                pool.push(scope);
            }
        });
    }
}
