//! Scopes that sampling has dropped: a place in memory that is used again, until something inside them fails.
//!
//! A dropped scope opens no span. It keeps what its span would have carried, so that a failure can still be exported with
//! its required attributes, its times and its parents.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use fastant::Instant;
use uuid::Uuid;

use crate::active::End;
use crate::attributes::Attributes;
use crate::catalogue::Family;
use crate::identity::{self, SpanId};
use crate::layer;
use crate::memory;
use crate::outcome::Failure;
use crate::recording::{self, Finished};
use crate::resolve;
use crate::root;
use crate::sampling::Namespace;
use crate::scope::{self, Scope};
use crate::site::Site;
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
    /// Something inside has failed: the span is exported when it ends, whatever its own outcome.
    keep: AtomicBool,
    span_id: OnceLock<SpanId>,
    /// When the scope ended while work that it had spawned still runs.
    ended: OnceLock<SystemTime>,
    exported: AtomicBool,
    /// The scopes around this one, innermost first, where it was carried to another thread or task.
    around: OnceLock<Vec<Arc<Scope>>>,
}

/// What a decision to drop says of a scope.
#[derive(Debug)]
pub(crate) struct Drop {
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

/// A dropped scope, out of a used one where there is one.
pub(crate) fn scope(
    site: &'static Site,
    attributes: &mut Attributes,
    started_at: Option<SystemTime>,
    drop: Drop,
) -> Arc<Scope> {
    let pooled = POOL.try_with(|pool| pool.borrow_mut().pop()).ok().flatten();
    let mut scope = pooled.unwrap_or_else(|| Arc::new(Scope::new(site, Attributes::default(), None, false)));
    if let Some(scope) = Arc::get_mut(&mut scope) {
        scope.reuse(site, attributes, started_at, Dropped::new(drop));
    }
    scope
}

/// Keeps the memory of a scope that nobody uses any more.
fn recycle(mut scope: Arc<Scope>) {
    if Arc::get_mut(&mut scope).is_none() {
        // Work that it has spawned goes on, and may still fail, or has failed just now.
        if let Some(dropped) = &scope.dropped {
            let ended = *dropped.ended.get_or_init(SystemTime::now);
            if dropped.keep.load(Ordering::SeqCst) {
                export(&scope, ended, None, false);
            }
        }
        return;
    }
    let _ = POOL.try_with(|pool| {
        let mut pool = pool.borrow_mut();
        if pool.len() < POOLED {
            pool.push(scope);
        }
    });
}

impl Dropped {
    fn new(drop: Drop) -> Self {
        Self {
            level: drop.level,
            keeps_errors: drop.keeps_errors,
            namespace: drop.namespace,
            task_uuid: drop.task_uuid,
            step_uuid: drop.step_uuid,
            began: Instant::now(),
            keep: AtomicBool::new(false),
            span_id: OnceLock::new(),
            ended: OnceLock::new(),
            exported: AtomicBool::new(false),
            around: OnceLock::new(),
        }
    }

    /// What the scopes inside inherit.
    pub(crate) fn inherited(&self) -> Drop {
        Drop {
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

    /// The task and the step that the scope is about.
    pub(crate) fn identity(&self) -> (Option<Uuid>, Option<Uuid>) {
        (self.task_uuid, self.step_uuid)
    }

    /// Remembers what is around the scope, for work that leaves its thread.
    pub(crate) fn carry(&self, scope: &Arc<Scope>) {
        self.around.get_or_init(|| around(scope));
    }

    fn started(&self) -> SystemTime {
        let now = SystemTime::now();
        now.checked_sub(self.began.elapsed()).unwrap_or(now)
    }
}

/// The id that the span of a dropped scope has, should it be exported.
pub(crate) fn span_id(scope: &Scope) -> Option<SpanId> {
    let dropped = scope.dropped.as_ref()?;
    Some(
        *dropped
            .span_id
            .get_or_init(|| derived_id(scope).unwrap_or_else(recording::random_span_id)),
    )
}

fn derived_id(scope: &Scope) -> Option<SpanId> {
    let attributes = scope.attributes();
    match scope.site.name() {
        "task.orchestration" => {
            let task_uuid = attributes.task_uuid?;
            let is_free = memory::update_task(task_uuid, memory::TaskMemory::claim_root);
            is_free.then(|| identity::root_span_id(task_uuid))
        }
        "step.execution" => {
            let step_uuid = attributes.step_uuid?;
            let attempt = u32::try_from(attributes.attempt_number?).ok()?;
            let derived = identity::execution_span_id(step_uuid, attempt);
            memory::update_step(step_uuid, |step| step.attempts.claim(attempt)).then_some(derived)
        }
        _ => None,
    }
}

/// Ends a dropped scope: nothing is exported of a success.
pub(crate) fn end(scope: Arc<Scope>, end: End<'_>) {
    let Some(dropped) = &scope.dropped else { return };
    let (failure, is_cancelled) = match end {
        End::Returned(ending) => (ending.failure.take(), false),
        End::Panicked => (Some(Failure::new("panic").with_description("panicked")), false),
        End::Cancelled => (None, true),
    };
    let has_failed = failure.is_some() || is_cancelled;
    let is_kept = dropped.keeps_errors && (has_failed || dropped.keep.load(Ordering::Relaxed));
    if !has_failed && scope.site.family() == Family::Task {
        root::close(&scope);
    }
    if !is_kept {
        return recycle(scope);
    }
    if failure.is_some() {
        stats::SPANS_FAILED.add_one();
    }
    if is_cancelled {
        stats::SPANS_CANCELLED.add_one();
    }
    export(&scope, SystemTime::now(), failure, is_cancelled);
}

/// The scopes around the running code, or around what spawned it, innermost first; without `scope` itself.
fn around(scope: &Arc<Scope>) -> Vec<Arc<Scope>> {
    let mut around = scope::entered();
    around.retain(|other| !Arc::ptr_eq(other, scope));
    // The outermost may have been carried here, and knows what was around it there.
    let carried = around.last().unwrap_or(scope).dropped.as_ref();
    let beyond = carried.and_then(|dropped| dropped.around.get()).cloned();
    around.extend(beyond.unwrap_or_default());
    around
}

fn export(scope: &Arc<Scope>, ended: SystemTime, failure: Option<Failure>, is_cancelled: bool) {
    let Some(dropped) = &scope.dropped else { return };
    if dropped.exported.swap(true, Ordering::Relaxed) {
        return;
    }
    let around = around(scope);
    let mut attributes = scope.attributes().clone();
    resolve::resolve(scope.site, &mut attributes, around.first().map(|scope| &**scope));
    let task_uuid = attributes.task_uuid.or(dropped.task_uuid);
    let (Some(task_uuid), Some(span_id)) = (task_uuid, span_id(scope)) else {
        stats::MISSING_ATTRIBUTES.add_one();
        return;
    };
    let in_task = |other: &&Arc<Scope>| other.identity().0 == Some(task_uuid);
    let parent = around.iter().find(in_task);
    let parent_id = parent.and_then(|parent| parent.exported_id());
    let Some(tracer) = layer::with_current(|layer, _| layer.tracer().clone()) else {
        return;
    };
    let is_root = span_id == identity::root_span_id(task_uuid);
    recording::emit_finished(
        &tracer,
        Finished {
            site: scope.site,
            attributes: &attributes,
            trace_id: identity::trace_id(task_uuid),
            span_id,
            parent: parent_id.or_else(|| (!is_root).then(|| derived_parent(scope.site, &attributes, task_uuid))),
            started: dropped.started(),
            ended,
            failure,
            is_cancelled,
        },
    );
    stats::SPANS_KEPT_BY_ERROR.add_one();
    if let Some(namespace) = dropped.namespace.filter(|_| scope.site.name() == "step.execution") {
        namespace.count_kept_by_error();
    }
    memory::update_task(task_uuid, memory::TaskMemory::note_kept_error);
    if let Some(parent) = parent {
        keep(parent);
    }
}

/// Exports what encloses a kept span: when it ends, or now where it has ended.
fn keep(scope: &Arc<Scope>) {
    let Some(dropped) = &scope.dropped else { return };
    dropped.keep.store(true, Ordering::SeqCst);
    if let Some(ended) = dropped.ended.get() {
        export(scope, *ended, None, false);
    }
}

/// The parent that everybody computes, for a span that nothing of its task is around.
fn derived_parent(site: &Site, attributes: &Attributes, task_uuid: Uuid) -> SpanId {
    let attempt = attributes
        .attempt_number
        .and_then(|attempt| u32::try_from(attempt).ok());
    match (site.family(), attributes.step_uuid.zip(attempt)) {
        (Family::Step, Some((step_uuid, attempt))) if site.name() != "step.execution" => {
            identity::execution_span_id(step_uuid, attempt)
        }
        _ => identity::root_span_id(task_uuid),
    }
}
