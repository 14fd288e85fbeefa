//! Waiting between tries: full jitter, growing, never zero. Randomness is an argument.

/// How long to wait after the n-th failure in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    least_ns: i64,
    greatest_ns: i64,
    failures: u32,
}

impl Backoff {
    /// Waits between `least_ns` and `greatest_ns`.
    #[must_use]
    pub const fn new(least_ns: i64, greatest_ns: i64) -> Self {
        assert!(
            0 < least_ns && least_ns <= greatest_ns,
            "a wait is never zero"
        );
        Self {
            least_ns,
            greatest_ns,
            failures: 0,
        }
    }

    /// The wait after one more failure: anywhere from the least to the ceiling, which doubles with each failure.
    /// `random` is any number; all of its values are equally likely.
    pub fn next_ns(&mut self, random: u64) -> i64 {
        let doublings = self.failures.min(32) + 1;
        self.failures = self.failures.saturating_add(1);
        let ceiling =
            (i128::from(self.least_ns) << doublings).min(i128::from(self.greatest_ns)) as u64;
        let spread = ceiling - self.least_ns as u64 + 1;
        self.least_ns + ((u128::from(random) * u128::from(spread)) >> 64) as i64
    }

    /// Success: the next failure is the first again.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }

    /// Failures in a row.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn the_ceiling_doubles_up_to_its_bound() {
        let mut backoff = Backoff::new(SECOND / 2, 60 * SECOND);
        let longest: Vec<i64> = (0..9).map(|_| backoff.next_ns(u64::MAX) / SECOND).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        backoff.reset();
        assert_eq!(backoff.next_ns(u64::MAX), SECOND);
    }

    proptest! {
        #[test]
        fn a_wait_is_never_zero_and_keeps_its_jitter_at_the_bound(failures in 0..200_u32, random: u64) {
            let mut backoff = Backoff::new(SECOND / 2, 60 * SECOND);
            for _ in 0..failures {
                backoff.next_ns(0);
            }
            let mut other = backoff;
            let wait = backoff.next_ns(random);
            prop_assert!((SECOND / 2..=60 * SECOND).contains(&wait));
            prop_assert!(other.next_ns(random ^ (1 << 63)) != wait);
        }
    }
}
