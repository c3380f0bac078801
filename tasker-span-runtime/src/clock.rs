//! The clock that dropped scopes are timed by: one that nobody sets, and that is read without a system call where the
//! processor has such a one.

#[cfg(all(target_os = "linux", any(target_arch = "x86", target_arch = "x86_64")))]
mod by_processor {
    use std::sync::LazyLock;
    use std::time;

    pub(crate) use fastant::Instant;

    #[inline]
    pub(crate) fn now() -> Instant {
        if fastant::is_tsc_available() {
            Instant::now()
        } else {
            by_system()
        }
    }

    /// Where the processor's counter cannot be relied on, as in some virtual machines. `fastant` itself would take the time of
    /// the calendar, which is set; it then counts an `Instant` in nanoseconds.
    #[cold]
    pub(super) fn by_system() -> Instant {
        static BEGAN: LazyLock<time::Instant> = LazyLock::new(time::Instant::now);
        Instant::ZERO + BEGAN.elapsed()
    }
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86", target_arch = "x86_64"))))]
mod by_processor {
    pub(crate) use std::time::Instant;

    #[inline]
    pub(crate) fn now() -> Instant {
        Instant::now()
    }
}

pub(crate) use by_processor::{Instant, now};

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::now;

    #[test]
    fn goes_on_as_the_system_s_does() {
        let (began, system) = (now(), std::time::Instant::now());
        std::thread::sleep(Duration::from_millis(20));
        let lasted = now().saturating_duration_since(began);
        let at_most = system.elapsed() + Duration::from_secs(1);
        assert!(Duration::from_millis(10) < lasted && lasted < at_most, "{lasted:?}");
    }

    #[cfg(all(target_os = "linux", any(target_arch = "x86", target_arch = "x86_64")))]
    #[test]
    fn goes_on_without_the_processor_s_counter() {
        let began = super::by_processor::by_system();
        std::thread::sleep(Duration::from_millis(20));
        assert!(super::by_processor::by_system() > began);
    }
}
