//! The scopes that are entered on this thread.
//!
//! One that sampling has dropped stands here as the place in memory into which its attributes were read. It becomes a
//! [`Scope`] when somebody wants to know more of it than what it is about, or when it leaves the thread before its end: most
//! never do.

use std::cell::RefCell;
use std::sync::Arc;

use uuid::Uuid;

use super::Scope;
use crate::catalogue::Family;
use crate::dropped::{self, DropDecision};
use crate::ending::Ending;
use crate::recording::{ContainedSpan, EnteredContained};
use crate::site::Site;
use crate::start::Collected;

/// A scope that is entered.
#[derive(Debug)]
pub(crate) enum Frame {
    Scope(Arc<Scope>),
    /// A dropped one that nobody has asked about.
    Dropped(Box<Collected>),
}

/// What tells a guard's scope from all others of the thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(u64);

#[derive(Debug)]
struct Thread {
    /// Innermost last.
    entered: Vec<(Key, Frame)>,
    last_key: u64,
    /// Places for the attributes of further spans.
    #[expect(
        clippy::vec_box,
        reason = "a place moves between the thread and its span: as a pointer"
    )]
    pool: Vec<Box<Collected>>,
}

/// How many places a thread keeps for later use.
const POOLED: usize = 32;

thread_local! {
    static THREAD: RefCell<Thread> = const {
        RefCell::new(Thread { entered: Vec::new(), last_key: 0, pool: Vec::new() })
    };
}

/// Access fails only while the thread ends, where no scope matters any more, and from inside of `look`: nothing of the
/// program's runs there but a subscriber that is asked for the layer of a test.
#[inline]
fn with<R>(look: impl FnOnce(&mut Thread) -> R) -> Option<R> {
    let looked = THREAD.try_with(|thread| Some(look(&mut *thread.try_borrow_mut().ok()?)));
    looked.ok().flatten()
}

/// Whether the thread is dropping its thread-locals. The subscriber's may be gone by then, and a panic would abort the
/// process.
#[inline]
pub(crate) fn is_thread_ending() -> bool {
    THREAD.try_with(|_| ()).is_err()
}

/// An empty place for what the arguments supply; none while the thread ends.
#[inline]
pub(crate) fn place(site: &'static Site) -> Option<Box<Collected>> {
    let pooled = with(|thread| thread.pool.pop())?;
    Some(match pooled {
        Some(mut collected) => {
            collected.site = site;
            collected
        }
        None => Box::new(Collected::new(site)),
    })
}

/// Keeps the place for another span.
#[inline]
pub(crate) fn recycle(mut collected: Box<Collected>) {
    collected.clear();
    with(|thread| thread.keep(collected));
}

impl Thread {
    #[inline]
    fn keep(&mut self, collected: Box<Collected>) {
        if self.pool.len() < POOLED {
            self.pool.push(collected);
        }
    }

    #[inline]
    fn push(&mut self, frame: Frame) -> Key {
        self.last_key = self.last_key.wrapping_add(1);
        let key = Key(self.last_key);
        self.entered.push((key, frame));
        key
    }

    #[inline]
    fn remove(&mut self, key: Key) -> Option<Frame> {
        if self.entered.last().is_some_and(|(last, _)| *last == key) {
            return self.entered.pop().map(|(_, frame)| frame);
        }
        // Guards may be dropped in any order.
        let index = self.entered.iter().rposition(|(other, _)| *other == key)?;
        // What stands in it has to know so, and it has to know what is around it: no more can be told by the order.
        for inside in index..self.entered.len() {
            self.scope(inside);
        }
        Some(self.entered.remove(index).1)
    }

    /// The scope at this place, made now if nobody has asked yet, together with those around it.
    fn scope(&mut self, index: usize) -> Option<Arc<Scope>> {
        let is_scope = |(_, frame): &(Key, Frame)| matches!(frame, Frame::Scope(_));
        let first = self.entered.get(..=index)?.iter().rposition(is_scope).unwrap_or(0);
        let mut around = None;
        for (_, frame) in self.entered.get_mut(first..=index)? {
            let scope = match frame {
                Frame::Scope(scope) => Arc::clone(scope),
                Frame::Dropped(collected) => {
                    let scope = dropped::scope(collected, around.as_ref());
                    if let Frame::Dropped(mut collected) = std::mem::replace(frame, Frame::Scope(Arc::clone(&scope)))
                        && self.pool.len() < POOLED
                    {
                        collected.clear();
                        self.pool.push(collected);
                    }
                    scope
                }
            };
            around = Some(scope);
        }
        around
    }
}

/// Makes a scope the thread's current one until dropped; never held across an `.await`.
#[derive(Debug)]
pub(crate) struct Entered(Option<Key>);

pub(crate) fn enter(scope: Arc<Scope>) -> Entered {
    Entered(with(|thread| thread.push(Frame::Scope(scope))))
}

impl Drop for Entered {
    fn drop(&mut self) {
        let left = self.0.and_then(|key| with(|thread| thread.remove(key)));
        // The last one to drop a scope ends what it holds, which may enter others.
        drop(left);
    }
}

/// Makes a dropped scope the thread's current one until [`leave`].
#[inline]
pub(crate) fn enter_dropped(collected: Box<Collected>) -> Option<Key> {
    with(|thread| thread.push(Frame::Dropped(collected)))
}

/// Takes what was entered out again.
#[inline]
pub(crate) fn leave(key: Key) -> Option<Frame> {
    with(|thread| thread.remove(key)).flatten()
}

/// The same for what leaves the thread before its end: it has to know what is around it.
pub(crate) fn suspend(key: Key) -> Option<Frame> {
    let left = with(|thread| {
        let index = thread.entered.iter().rposition(|(other, _)| *other == key)?;
        thread.scope(index);
        thread.remove(key)
    });
    left.flatten()
}

/// Ends a dropped scope that succeeded, if nobody has asked about it and nothing hangs on its end.
#[inline]
pub(crate) fn end_success(key: Key, ending: &Ending) -> bool {
    let ended = with(|thread| {
        let (last, Frame::Dropped(collected)) = thread.entered.last()? else {
            return None;
        };
        if *last != key || !ending.is_plain_success() || !dropped::ends_unseen(collected) {
            return None;
        }
        thread.entered.pop()
    });
    let Some((_, Frame::Dropped(collected))) = ended.flatten() else {
        return false;
    };
    recycle(collected);
    true
}

/// Looks at the innermost scope that is entered on this thread, where there is one.
#[inline]
pub(crate) fn innermost<R>(look: impl FnOnce(&Frame) -> R) -> Option<R> {
    let looked = THREAD.try_with(|thread| {
        let thread = thread.try_borrow().ok()?;
        thread.entered.last().map(|(_, frame)| look(frame))
    });
    looked.ok().flatten()
}

/// The innermost scope that is entered on this thread.
pub(crate) fn innermost_entered() -> Option<Arc<Scope>> {
    with(|thread| thread.scope(thread.entered.len().checked_sub(1)?)).flatten()
}

/// The scopes that are entered on this thread, innermost first.
pub(super) fn all() -> Vec<Arc<Scope>> {
    from_index(|_| Some(0)).into_iter().rev().collect()
}

/// The scope and those that were entered inside of it; none where it is not entered on this thread.
pub(super) fn from(scope: &Arc<Scope>) -> Vec<Arc<Scope>> {
    let is_it = |(_, frame): &(Key, Frame)| matches!(frame, Frame::Scope(other) if Arc::ptr_eq(other, scope));
    from_index(|entered| entered.iter().rposition(is_it))
}

fn from_index(first: impl FnOnce(&[(Key, Frame)]) -> Option<usize>) -> Vec<Arc<Scope>> {
    let scopes = with(|thread| {
        let first = first(&thread.entered)?;
        Some(
            (first..thread.entered.len())
                .filter_map(|index| thread.scope(index))
                .collect(),
        )
    });
    scopes.flatten().unwrap_or_default()
}

/// Whether any of them is about this step.
pub(super) fn any_of_step(step_uuid: Uuid) -> bool {
    let any = THREAD.try_with(|thread| {
        let thread = thread.try_borrow().ok()?;
        Some(thread.entered.iter().any(|(_, frame)| match frame {
            Frame::Scope(scope) => scope.attributes().step_uuid == Some(step_uuid),
            Frame::Dropped(collected) => collected.attributes.step_uuid == Some(step_uuid),
        }))
    });
    any.ok().flatten().unwrap_or(false)
}

/// Whether the running code is inside of a scope that sampling has dropped.
#[inline]
pub(crate) fn is_dropped() -> bool {
    innermost(|frame| frame.dropped().is_some()).unwrap_or(false)
}

impl Frame {
    /// What was decided for it and for what is inside, where it is dropped.
    #[inline]
    pub(crate) fn dropped(&self) -> Option<DropDecision> {
        match self {
            Self::Scope(scope) => scope.dropped.as_ref().map(dropped::Dropped::inherited),
            Self::Dropped(collected) => collected.dropped,
        }
    }

    /// The task and the step that it is about.
    #[inline]
    pub(crate) fn identity(&self) -> (Option<Uuid>, Option<Uuid>) {
        match self {
            Self::Scope(scope) => scope.identity(),
            Self::Dropped(collected) => collected
                .dropped
                .map_or((None, None), |drop| (drop.task_uuid, drop.step_uuid)),
        }
    }

    /// Whether it is a kept span of a step.
    pub(crate) fn is_kept_step(&self) -> bool {
        matches!(self, Self::Scope(scope)
            if scope.dropped.is_none() && scope.site.family() == Family::Step && scope.is_exported())
    }
}

/// A tracing span and its scope, entered together.
pub(crate) type EnteredBoth<'a> = Option<(EnteredContained<'a>, Option<Entered>)>;

/// Makes both current until dropped; neither while the thread ends.
pub(crate) fn enter_both<'a>(span: &'a ContainedSpan, scope: Option<&Arc<Scope>>) -> EnteredBoth<'a> {
    (!is_thread_ending()).then(|| (span.enter(), scope.map(|scope| enter(Arc::clone(scope)))))
}
