//! Receive stamps: UTC nanoseconds that never decrease.

use std::cell::Cell;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A system clock this far behind the stamps was set back.
const SET_BACK_NS: i64 = 1_000_000_000;

/// Gives stamps: the system's UTC at the last anchor, carried on by the monotonic clock.
///
/// `anchor` is called once a second, so the stamps follow the system's clock when it is corrected forwards; when it is
/// set back they go on from where they were at the monotonic clock's pace.
pub struct Stamps {
    anchor_utc_ns: Cell<i64>,
    anchor: Cell<Instant>,
    last_ns: Cell<i64>,
}

impl Stamps {
    /// Anchored now.
    #[must_use]
    pub fn new() -> Self {
        let utc_ns = system_utc_ns();
        Self {
            anchor_utc_ns: Cell::new(utc_ns),
            anchor: Cell::new(Instant::now()),
            last_ns: Cell::new(utc_ns),
        }
    }

    /// The time now, not before any stamp given earlier.
    pub fn now_ns(&self) -> i64 {
        let since = i64::try_from(self.anchor.get().elapsed().as_nanos()).unwrap_or(i64::MAX);
        let now_ns = self
            .anchor_utc_ns
            .get()
            .saturating_add(since)
            .max(self.last_ns.get());
        self.last_ns.set(now_ns);
        now_ns
    }

    /// Follows the system's clock; says by how much it was set back, if it was.
    pub fn follow_system(&self) -> Option<i64> {
        self.follow(system_utc_ns())
    }

    fn follow(&self, system_ns: i64) -> Option<i64> {
        let now_ns = self.now_ns();
        self.anchor_utc_ns.set(now_ns.max(system_ns));
        self.anchor.set(Instant::now());
        (now_ns - system_ns > SET_BACK_NS).then_some(now_ns - system_ns)
    }
}

/// When a session that begins at `now_ns` is over: at a whole multiple of `period_ns` since 1970, so that 24 hours end at
/// midnight UTC. It lasts at least a sixtieth of the period: what is begun just before a boundary goes on to the next.
#[must_use]
pub fn session_end_ns(now_ns: i64, period_ns: i64) -> i64 {
    let earliest_ns = now_ns.saturating_add(period_ns / 60);
    let begun_ns = earliest_ns - earliest_ns.rem_euclid(period_ns);
    begun_ns.saturating_add(period_ns)
}

/// UTC nanoseconds of the system's clock.
#[must_use]
pub fn system_utc_ns() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_follow_a_correction_forwards_and_never_go_back() {
        let stamps = Stamps::new();
        let first = stamps.now_ns();
        assert_eq!(stamps.follow(first + 5_000_000_000), None);
        let second = stamps.now_ns();
        assert!(second >= first + 5_000_000_000);
        let set_back = stamps
            .follow(first - 3_600_000_000_000)
            .expect("the clock was set back");
        assert!(set_back >= 3_600_000_000_000);
        assert!(stamps.now_ns() >= second);
    }

    #[test]
    fn a_session_is_over_at_a_boundary_and_never_a_moment_after_it_began() {
        const HOUR: i64 = 3_600_000_000_000;
        let (day, midnight) = (24 * HOUR, 20_000 * 24 * HOUR);
        for (begun, over) in [
            (midnight, midnight + day),
            (midnight + 1, midnight + day),
            (midnight + 23 * HOUR, midnight + day),
            (midnight + day - day / 60 - 1, midnight + day),
            (midnight + day - day / 60, midnight + 2 * day),
            (midnight + day - 1, midnight + 2 * day),
        ] {
            assert_eq!(session_end_ns(begun, day), over);
        }
        assert_eq!(session_end_ns(midnight + HOUR / 2, HOUR), midnight + HOUR);
    }
}
