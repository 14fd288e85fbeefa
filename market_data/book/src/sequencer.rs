//! Which updates follow on which. Knows ids only: no prices, no sockets, no clock.
//!
//! The rule of Binance spot (web-socket-streams.md, wording of 2025-11-12; equal to that of 2020). The text that stood
//! there in between restarted on `U > id`, which is always true; and "the first event should contain lastUpdateId" is
//! too strict: an aligned stream goes on with `U == lastUpdateId + 1`.

/// Updates older than the book in a row before the ids are taken to have begun anew, as after an engine's restart.
pub const OLD_RUN_MAX: u32 = 50;

/// What to do with an update.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It ends before or where the book ends: drop it.
    Drop,
    /// It goes on from the book: apply it. `overlap`: it began before the book's end, though it was not the first.
    Apply {
        /// Whether it repeats a part of what was applied.
        overlap: bool,
    },
    /// Updates were missed, or the ids went back: the book is worth nothing, build it anew.
    Resync {
        /// The id that had to be inside the update.
        expected: u64,
        /// The update's first id.
        received: u64,
    },
}

/// Orders updates behind a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sequencer {
    last_id: u64,
    first: bool,
    old_in_a_row: u32,
}

impl Sequencer {
    /// Behind a snapshot that ends with `last_id`.
    #[must_use]
    pub const fn new(last_id: u64) -> Self {
        Self {
            last_id,
            first: true,
            old_in_a_row: 0,
        }
    }

    /// The last id inside the book.
    #[must_use]
    pub const fn last_id(&self) -> u64 {
        self.last_id
    }

    /// True until an update was applied.
    #[must_use]
    pub const fn is_unconfirmed(&self) -> bool {
        self.first
    }

    /// Takes an update of ids `first_id ..= last_id`, where `0 < first_id <= last_id` (the reader saw to that).
    #[inline(always)]
    pub const fn on_update(&mut self, first_id: u64, last_id: u64) -> Step {
        let expected = self.last_id + 1;
        if last_id < expected {
            self.old_in_a_row += 1;
            if self.old_in_a_row >= OLD_RUN_MAX {
                return Step::Resync {
                    expected,
                    received: first_id,
                };
            }
            return Step::Drop;
        }
        if first_id > expected {
            return Step::Resync {
                expected,
                received: first_id,
            };
        }
        let overlap = first_id < expected && !self.first;
        self.last_id = last_id;
        self.first = false;
        self.old_in_a_row = 0;
        Step::Apply { overlap }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APPLY: Step = Step::Apply { overlap: false };

    #[test]
    fn the_first_update_may_touch_straddle_or_precede_the_snapshot() {
        let rows = [
            ("aligned: U == last + 1", 101, 105, APPLY),
            ("straddles", 90, 110, APPLY),
            ("ends one behind", 100, 101, APPLY),
            ("one id", 101, 101, APPLY),
            ("ends with the snapshot", 95, 100, Step::Drop),
            ("long before", 1, 5, Step::Drop),
            (
                "one missing",
                102,
                110,
                Step::Resync {
                    expected: 101,
                    received: 102,
                },
            ),
        ];
        for (name, first_id, last_id, step) in rows {
            assert_eq!(
                Sequencer::new(100).on_update(first_id, last_id),
                step,
                "{name}"
            );
        }
    }

    #[test]
    fn later_updates_follow_are_dropped_or_show_a_gap() {
        let mut sequencer = Sequencer::new(100);
        assert_eq!(
            sequencer.on_update(99, 110),
            APPLY,
            "an overlap with the snapshot is normal"
        );
        assert_eq!(sequencer.on_update(111, 111), APPLY);
        assert_eq!(sequencer.on_update(111, 111), Step::Drop, "a duplicate");
        assert_eq!(sequencer.on_update(110, 115), Step::Apply { overlap: true });
        assert_eq!(
            sequencer.on_update(118, 120),
            Step::Resync {
                expected: 116,
                received: 118
            }
        );
        assert_eq!(sequencer.last_id(), 115, "a gap applies nothing");
    }

    #[test]
    fn ids_that_went_back_for_good_are_a_gap() {
        let mut sequencer = Sequencer::new(1_000_000);
        for id in 1..u64::from(OLD_RUN_MAX) {
            assert_eq!(sequencer.on_update(id, id), Step::Drop);
        }
        assert!(matches!(
            sequencer.on_update(50, 50),
            Step::Resync {
                expected: 1_000_001,
                received: 50
            }
        ));
    }

    #[test]
    fn duplicates_between_good_updates_never_count_up_to_a_gap() {
        let mut sequencer = Sequencer::new(0);
        for id in 1..1_000 {
            assert_eq!(sequencer.on_update(id, id), APPLY);
            for _ in 0..OLD_RUN_MAX - 1 {
                assert_eq!(sequencer.on_update(id, id), Step::Drop);
            }
        }
    }
}
