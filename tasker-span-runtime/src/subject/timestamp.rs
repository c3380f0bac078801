//! `AsTimestamp` for the types of `chrono` and `time`.

use std::time::{Duration, SystemTime};

use super::value::AsTimestamp;

#[cfg(feature = "chrono")]
#[diagnostic::do_not_recommend]
impl<Tz: chrono::TimeZone> AsTimestamp for chrono::DateTime<Tz> {
    fn as_timestamp(&self) -> Option<SystemTime> {
        // In a leap second chrono counts on, which Unix time does not: it becomes the last
        // nanosecond before.
        from_unix(self.timestamp(), self.timestamp_subsec_nanos().min(999_999_999))
    }
}

/// UTC, as in `timestamp` columns of databases.
#[cfg(feature = "chrono")]
#[diagnostic::do_not_recommend]
impl AsTimestamp for chrono::NaiveDateTime {
    fn as_timestamp(&self) -> Option<SystemTime> {
        self.and_utc().as_timestamp()
    }
}

#[cfg(feature = "time")]
#[diagnostic::do_not_recommend]
impl AsTimestamp for time::OffsetDateTime {
    fn as_timestamp(&self) -> Option<SystemTime> {
        from_unix(self.unix_timestamp(), self.nanosecond())
    }
}

/// UTC, as in `timestamp` columns of databases.
#[cfg(feature = "time")]
#[diagnostic::do_not_recommend]
impl AsTimestamp for time::PrimitiveDateTime {
    fn as_timestamp(&self) -> Option<SystemTime> {
        self.assume_utc().as_timestamp()
    }
}

/// The time `nanos` after the whole second, which may be before 1970. Absent if the platform's
/// clock cannot express it.
fn from_unix(seconds: i64, nanos: u32) -> Option<SystemTime> {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let second = if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    second?.checked_add(Duration::from_nanos(u64::from(nanos)))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use proptest::prelude::*;

    use super::from_unix;

    /// Nanoseconds since 1970, computed in the other direction.
    fn unix_nanos(moment: SystemTime) -> i128 {
        let nanos = |duration: Duration| i128::try_from(duration.as_nanos()).unwrap();
        match moment.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => nanos(after),
            Err(before) => -nanos(before.duration()),
        }
    }

    proptest! {
        #[test]
        fn every_second_and_nanosecond_is_exact(seconds in any::<i64>(), nanos in 0..1_000_000_000_u32) {
            // The largest seconds are beyond some platforms' clocks.
            if let Some(moment) = from_unix(seconds, nanos) {
                prop_assert_eq!(unix_nanos(moment), i128::from(seconds) * 1_000_000_000 + i128::from(nanos));
            }
        }

        #[test]
        fn moments_of_this_era_are_expressible(seconds in -100_000_000_000..100_000_000_000_i64, nanos in 0..1_000_000_000_u32) {
            prop_assert!(from_unix(seconds, nanos).is_some());
        }
    }

    #[test]
    fn the_extremes_do_not_panic() {
        for seconds in [i64::MIN, -1, 0, i64::MAX] {
            let _ = from_unix(seconds, 999_999_999);
        }
        assert_eq!(
            from_unix(-1, 999_999_999),
            SystemTime::UNIX_EPOCH.checked_sub(Duration::from_nanos(1))
        );
    }

    #[cfg(feature = "chrono")]
    mod chrono_types {
        use chrono::{DateTime, FixedOffset, NaiveDate};
        use proptest::prelude::*;

        use super::{Duration, SystemTime, unix_nanos};
        use crate::subject::value::AsTimestamp;

        proptest! {
            #[test]
            fn the_offset_does_not_matter(
                seconds in -100_000_000_000..100_000_000_000_i64,
                nanos in 0..1_000_000_000_u32,
                offset in -86_399..86_399_i32,
            ) {
                let utc = DateTime::from_timestamp(seconds, nanos).unwrap();
                let local = utc.with_timezone(&FixedOffset::east_opt(offset).unwrap());
                prop_assert_eq!(local.as_timestamp(), utc.as_timestamp());
                prop_assert_eq!(utc.naive_utc().as_timestamp(), utc.as_timestamp());
                let moment = utc.as_timestamp().unwrap();
                prop_assert_eq!(unix_nanos(moment), i128::from(seconds) * 1_000_000_000 + i128::from(nanos));
            }
        }

        #[test]
        fn a_leap_second_is_the_last_nanosecond_of_its_minute() {
            let leap = NaiveDate::from_ymd_opt(2016, 12, 31)
                .unwrap()
                .and_hms_nano_opt(23, 59, 59, 1_500_000_000)
                .unwrap();
            let midnight = SystemTime::UNIX_EPOCH + Duration::from_hours(412_008);
            assert_eq!(leap.as_timestamp(), midnight.checked_sub(Duration::from_nanos(1)));
        }

        #[test]
        fn the_extremes_do_not_panic() {
            let _ = (
                DateTime::<chrono::Utc>::MIN_UTC.as_timestamp(),
                DateTime::<chrono::Utc>::MAX_UTC.as_timestamp(),
            );
        }
    }

    #[cfg(feature = "time")]
    mod time_types {
        use proptest::prelude::*;
        use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

        use super::unix_nanos;
        use crate::subject::value::AsTimestamp;

        proptest! {
            #[test]
            fn the_offset_does_not_matter(
                nanos in -100_000_000_000_000_000_000..100_000_000_000_000_000_000_i128,
                offset in -86_399..86_399_i32,
            ) {
                let utc = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap();
                let local = utc.to_offset(UtcOffset::from_whole_seconds(offset).unwrap());
                prop_assert_eq!(local.as_timestamp(), utc.as_timestamp());
                prop_assert_eq!(PrimitiveDateTime::new(utc.date(), utc.time()).as_timestamp(), utc.as_timestamp());
                prop_assert_eq!(unix_nanos(utc.as_timestamp().unwrap()), nanos);
            }
        }

        #[test]
        fn the_extremes_do_not_panic() {
            let _ = (
                PrimitiveDateTime::MIN.as_timestamp(),
                PrimitiveDateTime::MAX.as_timestamp(),
            );
        }
    }
}
