//! One REST resource of one instrument that is asked for: when it is due, whether an answer is awaited, the back-off.

use crate::publish::SECOND;
use venue::Backoff;

/// How long an answer is awaited. The shell's own time limit is shorter; this one is for a shell that forgets.
pub(crate) const ANSWER_NS_MAX: i64 = 20 * SECOND;

/// One thing to ask for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask {
    due: Option<i64>,
    awaited_until: Option<i64>,
    backoff: Backoff,
}

impl Ask {
    pub(crate) const fn new() -> Self {
        Self {
            due: None,
            awaited_until: None,
            backoff: Backoff::new(SECOND / 2, 60 * SECOND),
        }
    }

    /// It is wanted, not before `at`. What is awaited already is not asked for again.
    pub(crate) fn want(&mut self, at: i64) {
        if self.awaited_until.is_none() {
            self.due = Some(self.due.map_or(at, |due| due.min(at)));
        }
    }

    /// It is wanted again after something went wrong; each time in a row it waits longer.
    pub(crate) fn want_after_failure(&mut self, now: i64, random: u64) {
        self.awaited_until = None;
        self.due = Some(now + self.backoff.next_ns(random));
    }

    /// It is wanted at once the first time something went wrong, later the second time in a row, and so on.
    pub(crate) fn want_after_loss(&mut self, now: i64, random: u64) {
        let first = self.backoff.failures() == 0;
        self.want_after_failure(now, random);
        if first {
            self.due = Some(now);
        }
    }

    /// It is not wanted any more.
    pub(crate) fn forget(&mut self) {
        self.due = None;
        self.awaited_until = None;
    }

    /// Nothing went wrong for long enough.
    pub(crate) fn reset_backoff(&mut self) {
        self.backoff.reset();
    }

    pub(crate) const fn failures(&self) -> u32 {
        self.backoff.failures()
    }

    pub(crate) fn is_due(&self, now: i64) -> bool {
        self.due.is_some_and(|due| due <= now)
    }

    pub(crate) fn sent(&mut self, now: i64) {
        self.due = None;
        self.awaited_until = Some(now + ANSWER_NS_MAX);
    }

    pub(crate) fn answered(&mut self) {
        self.awaited_until = None;
    }

    /// True once if the answer did not come in time.
    pub(crate) fn expired(&mut self, now: i64) -> bool {
        let expired = self.awaited_until.is_some_and(|until| until <= now);
        if expired {
            self.awaited_until = None;
        }
        expired
    }
}
