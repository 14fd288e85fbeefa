//! Levels far from the best: a hash table by key, without order, because nobody asks for theirs until the window moves.
//!
//! Open addressing with linear probing; a removal moves what follows back, so no tombstones pile up over months.

use alloc::vec;
use alloc::vec::Vec;

const SLOTS_LEAST: usize = 1 << 13;

/// Levels by key; quantity 0 marks an empty slot.
#[derive(Clone, Debug)]
pub(crate) struct Far {
    slots: Vec<(i64, i64)>,
    count: usize,
}

impl Far {
    pub(crate) fn new() -> Self {
        Self {
            slots: vec![(0, 0); SLOTS_LEAST],
            count: 0,
        }
    }

    /// A table without room, to stand in for one that is taken apart. Nothing may be set in it.
    pub(crate) const fn none() -> Self {
        Self {
            slots: Vec::new(),
            count: 0,
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn clear(&mut self) {
        self.slots.fill((0, 0));
        self.count = 0;
    }

    /// Every level, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.slots.iter().copied().filter(|slot| slot.1 != 0)
    }

    /// Sets a level; quantity 0 takes it away. The caller bounds how many there are.
    pub(crate) fn set(&mut self, key: i64, qty: i64) {
        let at = self.find(key);
        if qty == 0 {
            self.remove_at(at);
            return;
        }
        self.count += usize::from(self.slots[at].1 == 0);
        self.slots[at] = (key, qty);
        if self.count * 2 > self.slots.len() {
            self.grow();
        }
    }

    pub(crate) fn get(&self, key: i64) -> i64 {
        self.slots[self.find(key)].1
    }

    /// Hands every level that `wanted` picks to `take`, and forgets it.
    pub(crate) fn take_where(
        &mut self,
        wanted: impl Fn(i64) -> bool,
        mut take: impl FnMut(i64, i64),
    ) {
        let mut at = 0;
        while at < self.slots.len() {
            let (key, qty) = self.slots[at];
            if qty != 0 && wanted(key) {
                take(key, qty);
                // What is moved back into this slot has to be looked at too; a slot that is moved back to behind `at`
                // over the table's end was not wanted when it was passed.
                self.remove_at(at);
            } else {
                at += 1;
            }
        }
    }

    /// The slot of a key, or the empty one where it would go.
    fn find(&self, key: i64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = self.home(key);
        while self.slots[at].1 != 0 && self.slots[at].0 != key {
            at = (at + 1) & mask;
        }
        at
    }

    /// Where a key would like to be: Fibonacci hashing, the product's upper bits.
    fn home(&self, key: i64) -> usize {
        let bits = self.slots.len().trailing_zeros();
        ((key as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - bits)) as usize
    }

    fn remove_at(&mut self, mut hole: usize) {
        if self.slots[hole].1 == 0 {
            return;
        }
        let mask = self.slots.len() - 1;
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            let (key, qty) = self.slots[at];
            if qty == 0 {
                break;
            }
            // It may fill the hole unless its home lies behind the hole on the way to where it is.
            if at.wrapping_sub(self.home(key)) & mask >= at.wrapping_sub(hole) & mask {
                self.slots[hole] = (key, qty);
                hole = at;
            }
        }
        self.slots[hole] = (0, 0);
        self.count -= 1;
    }

    #[cold]
    fn grow(&mut self) {
        let doubled = vec![(0, 0); self.slots.len() * 2];
        let old = core::mem::replace(&mut self.slots, doubled);
        for (key, qty) in old.into_iter().filter(|slot| slot.1 != 0) {
            let at = self.find(key);
            self.slots[at] = (key, qty);
        }
    }
}
