//! The stream connections: when to open one, when to give one up, and how to change to a new one without a break.
//!
//! Normally one is open. When it grows old, the venue announces a shutdown, or an instrument went silent, a second one
//! is opened; both feed the books – ids tell what is new – until every instrument was heard on the second, then the
//! first is closed.

use crate::output::Request;
use crate::publish::{MINUTE, Moment, SECOND};
use venue::Backoff;
use wire::Reason;

/// Connections at one time; a recording that lists more forgets the oldest.
const CONNECTIONS_MAX: usize = 2;
/// No message of any kind for so long: the connection is dead, whatever its pings say.
const SILENCE_MAX: i64 = 60 * SECOND;
/// How long the shell may take to open a connection.
const OPENING_MAX: i64 = 30 * SECOND;
/// The venue ends a connection after 24 h; ours are changed at 23 h, give or take half an hour.
const AGE: i64 = 23 * 60 * MINUTE - 30 * MINUTE;
const AGE_SPREAD: u64 = (60 * MINUTE) as u64;
/// How long the new connection may take until every instrument was heard on it.
const OVERLAP_MAX: i64 = 30 * SECOND;
/// A connection that held so long is good: the next failure is the first again.
const GOOD_AFTER: i64 = 60 * SECOND;
/// Attempts in five minutes, at most; the venue allows 300 an address.
const ATTEMPTS_MAX: usize = 60;
const ATTEMPTS_WINDOW: i64 = 5 * MINUTE;

#[derive(Clone, Copy, Debug)]
struct Connection {
    number: u32,
    open: bool,
    since: i64,
    last_message: i64,
    /// Instruments whose depth was heard on it, a bit each.
    heard: u32,
}

/// All connections, and the next one.
#[derive(Debug)]
pub(crate) struct Connections {
    all: Vec<Connection>,
    next_number: u32,
    /// When to open one, and why.
    due: Option<(i64, Reason)>,
    /// None is opened before: the venue refused one and told how long.
    not_before: i64,
    change_at: i64,
    backoff: Backoff,
    attempts: Vec<i64>,
    everyone: u32,
}

/// What became of the feed as a whole.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// There is still a connection, or still none.
    None,
    /// The first connection is open.
    Up,
    /// The last connection is gone.
    Down,
}

impl Connections {
    pub(crate) fn new(instruments: usize) -> Self {
        Self {
            all: Vec::with_capacity(CONNECTIONS_MAX),
            next_number: 1,
            due: None,
            not_before: i64::MIN,
            change_at: i64::MAX,
            backoff: Backoff::new(SECOND / 2, 60 * SECOND),
            attempts: Vec::with_capacity(ATTEMPTS_MAX),
            everyone: ((1_u64 << instruments) - 1) as u32,
        }
    }

    /// The first connection is wanted now.
    pub(crate) fn begin(&mut self, now: i64) {
        self.due = Some((now, Reason::Starting));
    }

    pub(crate) fn is_up(&self) -> bool {
        self.all.iter().any(|connection| connection.open)
    }

    /// True if every message comes over the same connection, so that their order is the exchange's.
    #[inline(always)]
    pub(crate) fn is_single(&self) -> bool {
        self.all.len() == 1
    }

    /// Connections asked for after the first.
    pub(crate) const fn reconnects(&self) -> u64 {
        (self.next_number as u64).saturating_sub(2)
    }

    /// A new connection is wanted beside the one that is open.
    pub(crate) fn change(&mut self, now: i64, reason: Reason) {
        if self.due.is_none() && self.all.len() < 2 {
            self.due = Some((now, reason));
        }
    }

    /// The venue refused a connection; the next is asked for then at the earliest.
    pub(crate) fn hold(&mut self, until: i64) {
        self.not_before = self.not_before.max(until);
    }

    pub(crate) fn connected(&mut self, now: i64, number: u32, random: u64) -> Change {
        let change = if self.is_up() {
            Change::None
        } else {
            Change::Up
        };
        // One that was still being opened is this one, or never will be: in a replay the numbers asked for are not those
        // of the recording, because the waits in between are random.
        self.all
            .retain(|connection| connection.open && connection.number != number);
        if self.all.len() == CONNECTIONS_MAX {
            self.all.remove(0);
        }
        self.all.push(Connection {
            number,
            open: true,
            since: now,
            last_message: now,
            heard: 0,
        });
        self.next_number = self.next_number.max(number.saturating_add(1));
        self.change_at = now + AGE + ((u128::from(random) * u128::from(AGE_SPREAD)) >> 64) as i64;
        self.due = None;
        change
    }

    pub(crate) fn disconnected(&mut self, now: i64, number: u32, random: u64) -> Change {
        let Some(place) = self
            .all
            .iter()
            .position(|connection| connection.number == number)
        else {
            return Change::None;
        };
        let was_up = self.is_up();
        self.all.remove(place);
        // If the newer of a pair failed, the older one still has to be changed; if the older one went, that was the aim.
        let newer_failed = place == self.all.len() && place > 0;
        if newer_failed || self.all.is_empty() {
            self.retry(now, random);
        }
        if was_up && !self.is_up() {
            Change::Down
        } else {
            Change::None
        }
    }

    fn retry(&mut self, now: i64, random: u64) {
        self.due = Some((now + self.backoff.next_ns(random), Reason::ConnectionLost));
    }

    /// A message came; false if from a connection that is none of ours (any more).
    #[inline(always)]
    pub(crate) fn heard(&mut self, now: i64, number: u32) -> bool {
        let found = self
            .all
            .iter_mut()
            .find(|connection| connection.number == number && connection.open);
        found
            .map(|connection| connection.last_message = now)
            .is_some()
    }

    /// A depth update of that instrument came on that connection.
    #[inline(always)]
    pub(crate) fn heard_depth(&mut self, number: u32, instrument: u8) {
        if let Some(connection) = self
            .all
            .iter_mut()
            .find(|connection| connection.number == number)
        {
            connection.heard |= 1 << instrument;
        }
    }

    /// What time brings. `allowed` is false while the venue refuses us.
    pub(crate) fn tick(&mut self, moment: &mut Moment<'_>, allowed: bool) -> Change {
        let was_up = self.is_up();
        self.give_up_dead(moment);
        self.close_replaced(moment);
        let now = moment.now;
        if self
            .all
            .iter()
            .any(|connection| connection.open && now - connection.since >= GOOD_AFTER)
        {
            self.backoff.reset();
        }
        if now >= self.change_at {
            self.change_at = i64::MAX;
            self.change(now, Reason::ServerShutdown);
        }
        if allowed && now >= self.not_before {
            self.open_due(moment);
        }
        if was_up && !self.is_up() {
            Change::Down
        } else {
            Change::None
        }
    }

    /// A connection without a message, or that never opened.
    fn give_up_dead(&mut self, moment: &mut Moment<'_>) {
        let now = moment.now;
        let dead = |connection: &Connection| match connection.open {
            true => now - connection.last_message >= SILENCE_MAX,
            false => now - connection.since >= OPENING_MAX,
        };
        let requests = &mut moment.out.requests;
        let mut never_opened = false;
        self.all.retain(|connection| {
            let dead = dead(connection);
            if dead {
                never_opened |= !connection.open;
                let (connection, reason) = (connection.number, Reason::ConnectionLost);
                requests.push(Request::Close { connection, reason });
            }
            !dead
        });
        if never_opened || self.all.is_empty() && self.due.is_none() {
            self.retry(now, moment.jitter.next());
        }
    }

    /// The older of two, once the newer took over.
    fn close_replaced(&mut self, moment: &mut Moment<'_>) {
        let [old, new] = self.all[..] else { return };
        let took_over =
            new.heard & self.everyone == self.everyone || moment.now - new.since >= OVERLAP_MAX;
        if old.open && new.open && took_over {
            moment.out.requests.push(Request::Close {
                connection: old.number,
                reason: Reason::ServerShutdown,
            });
            self.all.remove(0);
        }
    }

    fn open_due(&mut self, moment: &mut Moment<'_>) {
        let now = moment.now;
        let Some((_, reason)) = self.due.filter(|(at, _)| *at <= now) else {
            return;
        };
        self.attempts.retain(|at| now - at < ATTEMPTS_WINDOW);
        if self.attempts.len() == ATTEMPTS_MAX || self.all.len() == CONNECTIONS_MAX {
            return;
        }
        self.attempts.push(now);
        self.due = None;
        let number = self.next_number;
        self.next_number += 1;
        self.all.push(Connection {
            number,
            open: false,
            since: now,
            last_message: now,
            heard: 0,
        });
        moment.out.requests.push(Request::Connect {
            connection: number,
            reason,
        });
    }
}
