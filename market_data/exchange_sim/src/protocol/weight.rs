//! The request weight of a minute, as the venue counts it: pure.

/// Weight of one minute.
pub const WEIGHT_MAX: u32 = 6_000;
const MINUTE_NS: i64 = 60_000_000_000;

/// Counts the weight of the minute that runs.
#[derive(Clone, Debug, Default)]
pub struct Weight {
    minute: i64,
    used: u32,
}

/// What a request's weight comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// Within the limit.
    Within {
        /// Weight of this minute so far.
        used: u32,
    },
    /// Beyond it; ask again in the next minute.
    Beyond {
        /// Weight of this minute so far.
        used: u32,
        /// Seconds to the next minute, at least 1.
        retry_after_s: u32,
    },
}

impl Weight {
    /// Adds a request's weight.
    pub fn spend(&mut self, weight: u32, now_ns: i64) -> Spent {
        let minute = now_ns.div_euclid(MINUTE_NS);
        if minute != self.minute {
            (self.minute, self.used) = (minute, 0);
        }
        self.used = self.used.saturating_add(weight);
        if self.used <= WEIGHT_MAX {
            return Spent::Within { used: self.used };
        }
        let left_ns = MINUTE_NS - now_ns.rem_euclid(MINUTE_NS);
        Spent::Beyond {
            used: self.used,
            retry_after_s: (left_ns / 1_000_000_000 + 1) as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_is_allowed_and_a_new_minute_begins_at_zero() {
        let mut weight = Weight::default();
        assert_eq!(
            weight.spend(WEIGHT_MAX, 0),
            Spent::Within { used: WEIGHT_MAX }
        );
        assert_eq!(
            weight.spend(1, 50_500_000_000),
            Spent::Beyond {
                used: 6_001,
                retry_after_s: 10
            }
        );
        assert_eq!(weight.spend(5, MINUTE_NS), Spent::Within { used: 5 });
    }
}
