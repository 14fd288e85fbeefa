//! The truth book of one symbol: its levels now, and by bounded memory at earlier update ids and times.

use crate::levels::{LevelChange, Levels};
use std::collections::VecDeque;

/// Level changes that can be undone; older books are forgotten.
pub const HISTORY_CHANGES_MAX: usize = 32_768;

/// What the exchange itself knows of one book.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    levels: Levels,
    id: i64,
    history: VecDeque<Undo>,
    /// Id of the newest book that can no longer be told; 0 while nothing was forgotten.
    forgotten_id: i64,
}

#[derive(Clone, Copy, Debug)]
struct Undo {
    id: i64,
    id_before: i64,
    time_ns: i64,
    /// The level as it was before the change.
    before: LevelChange,
}

/// A book as it stood at an update id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookAt {
    /// Id of the last update in it: the asked one, or the last border before it.
    pub id: i64,
    /// The levels.
    pub levels: Levels,
}

impl Truth {
    /// The levels now.
    pub fn levels(&self) -> &Levels {
        &self.levels
    }

    /// Id of the last update; 0 before the first.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// Sets one level as part of update `id`. Ids never go back but by `restart`.
    pub fn apply(&mut self, id: i64, time_ns: i64, change: LevelChange) {
        debug_assert!(id >= self.id, "ids go forward");
        let before = LevelChange {
            qty: self.levels.set(change),
            ..change
        };
        if self.history.len() == HISTORY_CHANGES_MAX
            && let Some(oldest) = self.history.pop_front()
        {
            self.forgotten_id = oldest.id_before;
        }
        self.history.push_back(Undo {
            id,
            id_before: self.id,
            time_ns,
            before,
        });
        self.id = id;
    }

    /// Notes an update that changed no level.
    pub fn pass(&mut self, id: i64) {
        self.id = self.id.max(id);
    }

    /// Takes a whole book; what was before cannot be told any more.
    pub fn replace(&mut self, id: i64, levels: Levels) {
        *self = Self {
            levels,
            id,
            history: VecDeque::new(),
            forgotten_id: id.saturating_sub(1),
        };
    }

    /// The engine behind the book restarts: the same levels, ids from `id` on, no past.
    pub fn restart(&mut self, id: i64) {
        let levels = std::mem::take(&mut self.levels);
        self.replace(id, levels);
    }

    /// The book as it stood at update `id`; `None` if that is forgotten or has not happened yet.
    pub fn at_id(&self, id: i64) -> Option<BookAt> {
        if id > self.id || id <= self.forgotten_id {
            return None;
        }
        Some(self.undo_while(|undo| undo.id > id))
    }

    /// The book as it stood at a time, or the oldest that is still known.
    pub fn at_time(&self, time_ns: i64) -> BookAt {
        self.undo_while(|undo| undo.time_ns > time_ns)
    }

    fn undo_while(&self, undoes: impl Fn(&Undo) -> bool) -> BookAt {
        let mut book = BookAt {
            id: self.id,
            levels: self.levels.clone(),
        };
        for undo in self.history.iter().rev().take_while(|undo| undoes(undo)) {
            book.levels.set(undo.before);
            book.id = undo.id_before;
        }
        book
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decimal::{Price, Qty};
    use crate::levels::Side;
    use proptest::prelude::*;

    fn change((is_bid, price, qty): (bool, i64, i64)) -> LevelChange {
        let side = if is_bid { Side::Bid } else { Side::Ask };
        LevelChange {
            side,
            price: Price::from_e8(price),
            qty: Qty::from_e8(qty),
        }
    }

    proptest! {
        #[test]
        fn an_earlier_book_is_what_a_reader_held_then(
            changes in prop::collection::vec((any::<bool>(), 1_i64..20, 0_i64..4), 1..200)
        ) {
            let mut truth = Truth::default();
            let mut held = vec![Levels::default()];
            for (at, row) in changes.iter().enumerate() {
                truth.apply(at as i64 + 1, at as i64 * 10, change(*row));
                held.push(truth.levels().clone());
            }
            for (id, levels) in held.iter().enumerate() {
                if id > 0 {
                    let book = truth.at_id(id as i64).expect("nothing is forgotten yet");
                    prop_assert_eq!((book.id, &book.levels), (id as i64, levels));
                }
            }
            prop_assert_eq!(truth.at_id(changes.len() as i64 + 1), None);
            prop_assert_eq!(truth.at_time(-1).levels, Levels::default());
        }
    }

    #[test]
    fn memory_is_bounded_and_what_is_forgotten_is_not_invented() {
        let mut truth = Truth::default();
        for id in 1..=(HISTORY_CHANGES_MAX as i64 + 100) {
            truth.apply(id, id, change((true, id % 50 + 1, id)));
        }
        assert_eq!(truth.history.len(), HISTORY_CHANGES_MAX);
        assert_eq!(truth.at_id(99), None);
        assert!(truth.at_id(101).is_some());
    }

    #[test]
    fn after_a_restart_only_the_new_ids_are_known() {
        let mut truth = Truth::default();
        truth.apply(500, 0, change((true, 7, 1)));
        truth.restart(10);
        assert_eq!(truth.at_id(500), None);
        assert_eq!(
            truth.at_id(10).map(|book| book.levels.len(Side::Bid)),
            Some(1)
        );
    }
}
