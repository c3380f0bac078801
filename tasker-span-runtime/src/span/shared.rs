//! What changes of a span while it runs, also by other threads: late attributes, what few spans have, and the `tracing` side.

use std::sync::MutexGuard;
use std::sync::atomic::Ordering;

use uuid::Uuid;

use super::local::{LocalSpan, OTHER_IDS, PROMOTED, Unplaced};
use super::promoted::Promoted;
use crate::catalogue::Attribute;
use crate::catalogue::attributes::Attributes;
use crate::lock::lock;
use crate::record::{Extra, Limits};

impl LocalSpan {
    /// The `tracing` side, if there is one.
    #[inline]
    pub(crate) fn promoted(&self) -> Option<Promoted> {
        if self.has(PROMOTED) {
            self.with_promoted(|promoted| promoted.as_deref().cloned())
        } else {
            None
        }
    }

    pub(super) fn with_promoted<R>(&self, read: impl FnOnce(&Option<Box<Promoted>>) -> R) -> R {
        read(lock(&self.promoted).as_deref().unwrap_or(&None))
    }

    /// Attaches the `tracing` side. Gives it back if another thread was faster.
    pub(crate) fn set_promoted(&self, promoted: Promoted) -> Result<(), Promoted> {
        let Some(mut slot) = lock(&self.promoted).filter(|slot| slot.is_none()) else {
            return Err(promoted);
        };
        let bits = PROMOTED | if promoted.other_ids.is_some() { OTHER_IDS } else { 0 };
        *slot = Some(Box::new(promoted));
        self.set(bits);
        Ok(())
    }

    pub(super) fn take_promoted(&self) -> Option<Promoted> {
        if !self.has(PROMOTED) {
            return None;
        }
        let mut promoted = lock(&self.promoted)?;
        // Ids of another generator stay.
        if self.has(OTHER_IDS) {
            return promoted.as_deref().cloned();
        }
        self.state.fetch_and(!PROMOTED, Ordering::AcqRel);
        promoted.take().map(|promoted| *promoted)
    }

    /// Changes what few spans have. Does nothing after the end. `change` must not run other code: a lock is held.
    pub(crate) fn extend(&self, change: impl FnOnce(&mut Extra)) {
        // The end takes it under the same lock.
        if let Some(mut extra) = self.lock()
            && !self.has_ended()
        {
            change(extra.get_or_insert_default());
        }
    }

    /// The limits of what is added while the span runs.
    pub(crate) fn limits(&self) -> Limits {
        self.settings
            .as_ref()
            .map_or(Limits::DEFAULT, |settings| settings.limits)
    }

    /// Reads what few spans have. The lock is held meanwhile.
    pub(crate) fn with_extra<R>(&self, read: impl FnOnce(Option<&Extra>) -> R) -> R {
        read(self.lock().as_ref().and_then(|extra| extra.as_deref()))
    }

    /// `None` if a fork has lost them.
    pub(super) fn lock_held(&self) -> Option<MutexGuard<'_, Vec<Unplaced>>> {
        lock(&self.held)
    }

    /// `None` if a fork has lost it.
    pub(super) fn lock(&self) -> Option<MutexGuard<'_, Option<Box<Extra>>>> {
        lock(&self.extra)
    }

    /// Takes what few spans have of a span that has ended, which other work has too. What its children read stays.
    pub(super) fn take_ended_extra(&self) -> Option<Box<Extra>> {
        let mut extra = self.lock()?;
        let taken = extra.take();
        *extra = taken.as_deref().and_then(Extra::for_children).map(Box::new);
        taken
    }

    /// The attributes that are known by now.
    pub(crate) fn known(&self) -> Attributes {
        let mut known = self.record.attributes.clone();
        if self.recorded.load(Ordering::Acquire) != 0
            && let Some(extra) = self.lock().as_ref().and_then(|extra| extra.as_deref())
        {
            known.fill_from(&extra.late);
        }
        known
    }

    /// Calls `read` with the attributes that are known by now; without a copy if none was late.
    #[inline]
    pub(crate) fn with_known<R>(&self, read: impl FnOnce(&Attributes) -> R) -> R {
        if self.recorded.load(Ordering::Acquire) == 0 {
            read(&self.record.attributes)
        } else {
            read(&self.known())
        }
    }

    #[inline]
    pub(crate) fn task_uuid(&self) -> Option<Uuid> {
        self.record
            .attributes
            .task_uuid
            .or_else(|| self.with_known(|known| known.task_uuid))
    }

    #[inline]
    pub(crate) fn step_uuid(&self) -> Option<Uuid> {
        self.record
            .attributes
            .step_uuid
            .or_else(|| self.with_known(|known| known.step_uuid))
    }

    /// Marks a late attribute as recorded. Returns false if it was.
    pub(super) fn mark_recorded(&self, attribute: Attribute) -> bool {
        let bit = 1 << attribute as u16;
        self.recorded.fetch_or(bit, Ordering::AcqRel) & bit == 0
    }

    pub(super) fn is_recorded(&self, attribute: Attribute) -> bool {
        self.recorded.load(Ordering::Acquire) & (1 << attribute as u16) != 0
    }
}
