//! Updates that wait for a snapshot, in one run of ids without a hole, bounded.

use venue::{Level, Update};

/// Updates that wait, at most: at ten a second a quarter of an hour.
pub(crate) const EVENTS_MAX: usize = 10_000;
/// Bytes of the levels that wait, at most.
const BYTES_MAX: usize = 64 << 20;
const LEVELS_MAX: usize = BYTES_MAX / size_of::<Level>();

/// One update; its levels stand one behind the other in the buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) first_id: u64,
    pub(crate) last_id: u64,
    pub(crate) event_ns: i64,
    bids: u32,
    asks: u32,
}

/// What became of an update that was to wait.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// It waits.
    Kept,
    /// It was already there.
    Old,
    /// Updates before it are missing: what waited is worth nothing, it alone waits now.
    Hole,
    /// The bound is reached: nothing waits any more.
    Full,
}

/// The updates that wait, in ticks and lots.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffer {
    events: Vec<Event>,
    levels: Vec<Level>,
    old_in_a_row: u32,
}

impl Buffer {
    pub(crate) fn clear(&mut self) {
        self.events.clear();
        self.levels.clear();
        self.old_in_a_row = 0;
    }

    pub(crate) fn push(
        &mut self,
        first_id: u64,
        last_id: u64,
        event_ns: i64,
        update: &Update,
    ) -> Pushed {
        let mut pushed = Pushed::Kept;
        if let Some(last) = self.events.last() {
            if last_id <= last.last_id {
                self.old_in_a_row += 1;
                if self.old_in_a_row < book::OLD_RUN_MAX {
                    return Pushed::Old;
                }
                pushed = Pushed::Hole;
            } else if first_id > last.last_id + 1 {
                pushed = Pushed::Hole;
            }
        }
        if pushed == Pushed::Hole {
            self.clear();
        }
        if self.events.len() == EVENTS_MAX || self.levels.len() + update.len() > LEVELS_MAX {
            self.clear();
            return Pushed::Full;
        }
        self.old_in_a_row = 0;
        let (bids, asks) = (update.bids.len() as u32, update.asks.len() as u32);
        self.events.push(Event {
            first_id,
            last_id,
            event_ns,
            bids,
            asks,
        });
        self.levels.extend_from_slice(&update.bids);
        self.levels.extend_from_slice(&update.asks);
        pushed
    }

    /// First id of what waits.
    pub(crate) fn first_id(&self) -> Option<u64> {
        self.events.first().map(|event| event.first_id)
    }

    /// What waits, in order: the update, its bid levels, its ask levels.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Event, &[Level], &[Level])> {
        let mut rest = &self.levels[..];
        self.events.iter().map(move |event| {
            let (bids, others) = rest.split_at(event.bids as usize);
            let (asks, others) = others.split_at(event.asks as usize);
            rest = others;
            (*event, bids, asks)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(price: i64) -> Level {
        Level { price, qty: 1 }
    }

    #[test]
    fn a_hole_leaves_only_what_came_after_it() {
        let mut buffer = Buffer::default();
        let update = |price| Update {
            bids: vec![level(price)],
            asks: vec![level(price + 1), level(price + 2)],
        };
        assert_eq!(buffer.push(1, 5, 0, &update(10)), Pushed::Kept);
        assert_eq!(buffer.push(6, 6, 0, &update(20)), Pushed::Kept);
        assert_eq!(buffer.push(5, 6, 0, &update(30)), Pushed::Old);
        assert_eq!(buffer.push(9, 9, 0, &update(40)), Pushed::Hole);
        assert_eq!(
            buffer.push(8, 12, 0, &update(50)),
            Pushed::Kept,
            "an overlap is no hole"
        );
        let prices: Vec<(u64, i64, usize)> = buffer
            .iter()
            .map(|(event, bids, asks)| (event.last_id, bids[0].price, asks.len()))
            .collect();
        assert_eq!(prices, [(9, 40, 2), (12, 50, 2)]);
        assert_eq!(buffer.first_id(), Some(9));
    }

    #[test]
    fn it_never_holds_more_than_its_bounds() {
        let mut buffer = Buffer::default();
        let update = Update::default();
        for id in 1..=EVENTS_MAX as u64 {
            assert_eq!(buffer.push(id, id, 0, &update), Pushed::Kept);
        }
        assert_eq!(
            buffer.push(20_000, 20_000, 0, &update),
            Pushed::Hole,
            "a hole makes room"
        );
        let wide = Update {
            bids: vec![level(1); LEVELS_MAX / 4],
            asks: Vec::new(),
        };
        for id in 20_001..20_005 {
            assert_eq!(buffer.push(id, id, 0, &wide), Pushed::Kept);
        }
        assert_eq!(buffer.push(20_005, 20_005, 0, &wide), Pushed::Full);
        assert_eq!(buffer.first_id(), None);
    }
}
