//! `#[span(started_at)]` on each of the types that hold a moment.

use std::time::{Duration, SystemTime};

use tasker_span_runtime::{HasStartedAt, SpanFields};

#[derive(SpanFields)]
struct Task<T> {
    #[span(started_at)]
    created_at: T,
}

const SECOND: i64 = 1_700_000_000;

fn moment() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, 250)
}

#[test]
fn system_time() {
    assert_eq!(Task { created_at: moment() }.started_at(), Some(moment()));
    assert_eq!(
        Task {
            created_at: None::<SystemTime>
        }
        .started_at(),
        None
    );
}

#[test]
fn chrono_with_and_without_a_zone() {
    let utc = chrono::DateTime::from_timestamp(SECOND, 250).unwrap();
    let berlin = utc.with_timezone(&chrono::FixedOffset::east_opt(7_200).unwrap());
    assert_eq!(Task { created_at: utc }.started_at(), Some(moment()));
    assert_eq!(
        Task {
            created_at: Some(berlin)
        }
        .started_at(),
        Some(moment())
    );
    assert_eq!(
        Task {
            created_at: utc.naive_utc()
        }
        .started_at(),
        Some(moment())
    );
}

#[test]
fn time_with_and_without_a_zone() {
    let utc = time::OffsetDateTime::from_unix_timestamp(SECOND).unwrap() + time::Duration::nanoseconds(250);
    let berlin = utc.to_offset(time::UtcOffset::from_hms(2, 0, 0).unwrap());
    assert_eq!(Task { created_at: berlin }.started_at(), Some(moment()));
    assert_eq!(
        Task {
            created_at: time::PrimitiveDateTime::new(utc.date(), utc.time())
        }
        .started_at(),
        Some(moment())
    );
}

#[test]
fn before_1970() {
    let utc = chrono::DateTime::from_timestamp(-1, 0).unwrap();
    assert_eq!(
        Task { created_at: utc }.started_at(),
        SystemTime::UNIX_EPOCH.checked_sub(Duration::from_secs(1))
    );
}
