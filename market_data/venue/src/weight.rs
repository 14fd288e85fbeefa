//! The REST weight budget, and what forbids REST: 429, 418, 451, 403 are four different things.

/// What the venue's last answer forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forbidden {
    /// 429: too much weight; wait as told.
    RateLimited,
    /// 418: this address is banned for a while; asking meanwhile makes it longer.
    Banned,
    /// 451: this place may not use the venue.
    RestrictedPlace,
    /// 403: the venue's firewall refuses us.
    Refused,
}

const SECOND_NS: i64 = 1_000_000_000;
const MINUTE_NS: i64 = 60 * SECOND_NS;
/// REST weight a minute until exchangeInfo tells (rest-api.md, 2026-07).
const LIMIT_DEFAULT: u32 = 6_000;
/// Wait after a 429 without Retry-After.
const RATE_LIMITED_NS: i64 = MINUTE_NS;
/// Wait after a 418 without Retry-After: the shortest ban.
const BANNED_NS: i64 = 2 * MINUTE_NS;
/// The longest ban the venue documents; a Retry-After beyond it is cut to it.
const RETRY_AFTER_NS_MAX: i64 = 3 * 24 * 60 * MINUTE_NS;
/// Wait after a 451 or 403: nothing changes sooner.
const PLACE_NS: i64 = 10 * MINUTE_NS;

/// How much REST we may still use. Half of the venue's limit is ours; the rest is for whoever shares the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    limit: u32,
    used: u32,
    minute: i64,
    forbidden: Option<(Forbidden, i64)>,
}

impl Default for Weight {
    fn default() -> Self {
        Self {
            limit: LIMIT_DEFAULT,
            used: 0,
            minute: i64::MIN,
            forbidden: None,
        }
    }
}

impl Weight {
    /// The venue's limit, as exchangeInfo tells it.
    pub const fn set_limit(&mut self, limit: u32) {
        self.limit = limit;
    }

    /// Whether a request of that weight may be sent now.
    #[must_use]
    pub const fn allows(&self, now_ns: i64, weight: u32) -> bool {
        let used = if now_ns.div_euclid(MINUTE_NS) == self.minute {
            self.used
        } else {
            0
        };
        self.forbidden_now(now_ns).is_none() && used.saturating_add(weight) <= self.limit / 2
    }

    /// A request of that weight is sent.
    pub const fn spend(&mut self, now_ns: i64, weight: u32) {
        self.turn(now_ns);
        self.used = self.used.saturating_add(weight);
    }

    /// An answer came. `used_weight` is the venue's own count, 0 if it gave none; it counts others on our address too.
    /// Gives what the answer forbids from now on.
    pub fn answered(
        &mut self,
        now_ns: i64,
        status: u16,
        used_weight: u32,
        retry_after_s: u32,
    ) -> Option<Forbidden> {
        self.turn(now_ns);
        self.used = self.used.max(used_weight);
        let told = (i64::from(retry_after_s) * SECOND_NS).min(RETRY_AFTER_NS_MAX);
        let or_else = |default| if told > 0 { told } else { default };
        let (forbidden, wait_ns) = match status {
            429 => (Forbidden::RateLimited, or_else(RATE_LIMITED_NS)),
            418 => (Forbidden::Banned, or_else(BANNED_NS)),
            451 => (Forbidden::RestrictedPlace, told.max(PLACE_NS)),
            403 => (Forbidden::Refused, told.max(PLACE_NS)),
            _ => return None,
        };
        let until = now_ns.saturating_add(wait_ns);
        let longer = self
            .forbidden
            .filter(|(kind, end)| *kind != Forbidden::RateLimited && *end > until);
        self.forbidden = Some(longer.unwrap_or((forbidden, until)));
        Some(forbidden)
    }

    /// What is forbidden now.
    #[must_use]
    pub const fn forbidden_now(&self, now_ns: i64) -> Option<Forbidden> {
        match self.forbidden {
            Some((forbidden, until)) if now_ns < until => Some(forbidden),
            _ => None,
        }
    }

    /// When what is forbidden ends, or ended; `i64::MIN` if nothing ever was.
    #[must_use]
    pub const fn forbidden_until(&self) -> i64 {
        match self.forbidden {
            Some((_, until)) => until,
            None => i64::MIN,
        }
    }

    /// Weight used in this minute, as far as known.
    #[must_use]
    pub const fn used(&self) -> u32 {
        self.used
    }

    const fn turn(&mut self, now_ns: i64) {
        let minute = now_ns.div_euclid(MINUTE_NS);
        if minute != self.minute {
            self.minute = minute;
            self.used = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_limit_is_ours_and_each_minute_begins_anew() {
        let mut weight = Weight::default();
        assert!(weight.allows(0, 3_000));
        assert!(!weight.allows(0, 3_001));
        weight.spend(0, 2_990);
        assert!(weight.allows(1, 10) && !weight.allows(1, 11));
        assert!(weight.allows(MINUTE_NS, 3_000));
        assert_eq!(weight.answered(MINUTE_NS, 200, 2_999, 0), None);
        assert!(!weight.allows(MINUTE_NS + 1, 5));
        weight.set_limit(12_000);
        assert!(weight.allows(MINUTE_NS + 1, 5));
    }

    #[test]
    fn each_refusal_forbids_for_as_long_as_it_says() {
        let rows = [
            (429, 7, Forbidden::RateLimited, 7 * SECOND_NS),
            (429, 0, Forbidden::RateLimited, MINUTE_NS),
            (418, 120, Forbidden::Banned, 120 * SECOND_NS),
            (418, 0, Forbidden::Banned, 2 * MINUTE_NS),
            (451, 0, Forbidden::RestrictedPlace, 10 * MINUTE_NS),
            (451, 1, Forbidden::RestrictedPlace, 10 * MINUTE_NS),
            (403, 0, Forbidden::Refused, 10 * MINUTE_NS),
            (418, u32::MAX, Forbidden::Banned, RETRY_AFTER_NS_MAX),
        ];
        for (status, retry_after_s, forbidden, wait_ns) in rows {
            let mut weight = Weight::default();
            assert_eq!(
                weight.answered(1, status, 0, retry_after_s),
                Some(forbidden)
            );
            assert_eq!(weight.forbidden_now(wait_ns), Some(forbidden));
            assert!(!weight.allows(wait_ns, 1));
            assert_eq!(weight.forbidden_now(wait_ns + 1), None);
            assert!(weight.allows(wait_ns + 1, 1));
        }
    }

    #[test]
    fn a_late_429_does_not_shorten_a_ban() {
        let mut weight = Weight::default();
        weight.answered(0, 418, 0, 120);
        weight.answered(1, 429, 0, 7);
        assert_eq!(
            weight.forbidden_now(119 * SECOND_NS),
            Some(Forbidden::Banned)
        );
    }
}
