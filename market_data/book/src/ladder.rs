//! One side of a book: quantities by tick in a window around the best, everything farther in a table without order.
//!
//! Most updates and every question concern the window: there a level is one store, the best and its successors are
//! found by counting zeros in a bit map. Invariants (`check` says them in code): the window holds every level inside
//! its range; far levels are all worse than the window; if the side holds anything, the window holds the best.

use crate::far::Far;
use crate::side::Side;
use alloc::vec;
use alloc::vec::Vec;
use core::marker::PhantomData;

/// Ticks in the window to begin with: for BTCUSDT 164 dollars.
const WINDOW_LEAST: usize = 1 << 14;
/// Far levels of one side before new ones are forgotten. Binance's deepest books held a tenth of it.
const FAR_MAX: usize = 1 << 16;
/// Ticks in the window of the sparsest book.
const WINDOW_MOST: usize = 1 << 17;

/// One side of a book.
#[derive(Clone, Debug)]
pub struct Ladder<S> {
    /// Key of the window's worst tick.
    base: i64,
    /// Quantity by key − base.
    window: Vec<i64>,
    /// One bit a tick that holds something.
    ticks: Vec<u64>,
    /// One bit a word of `ticks` that is not zero.
    words: Vec<u64>,
    /// Place of the best in the window; 0 while `near` is 0.
    best: usize,
    /// Levels in the window.
    near: usize,
    far: Far,
    /// Key of the worst level inside which everything is known; `i64::MIN`: everywhere.
    known: i64,
    side: PhantomData<S>,
}

impl<S: Side> Default for Ladder<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Side> Ladder<S> {
    /// An empty side.
    #[must_use]
    pub fn new() -> Self {
        Self {
            base: 0,
            window: vec![0; WINDOW_LEAST],
            ticks: vec![0; WINDOW_LEAST / 64],
            words: vec![0; WINDOW_LEAST / 4096],
            best: 0,
            near: 0,
            far: Far::new(),
            known: i64::MIN,
            side: PhantomData,
        }
    }

    /// Empties the side and centres it where the snapshot's best level is.
    pub fn clear(&mut self, best_price: Option<i64>) {
        self.empty_window();
        self.far.clear();
        self.known = i64::MIN;
        self.base = best_price.map_or(0, |price| self.base_for(S::key(price)));
    }

    /// Everything better than or at `price` is known from now on, nothing is said of what is worse.
    pub fn know_to(&mut self, price: i64) {
        self.known = S::key(price);
    }

    /// Everything on this side is known.
    pub fn know_all(&mut self) {
        self.known = i64::MIN;
    }

    /// The worst price inside which everything is known; `None`: everywhere.
    #[must_use]
    pub fn known_to(&self) -> Option<i64> {
        (self.known != i64::MIN).then(|| S::price(self.known))
    }

    /// Whether a price is inside what is known.
    #[must_use]
    pub fn knows(&self, price: i64) -> bool {
        S::key(price) >= self.known
    }

    /// Levels held.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.near + self.far.len()
    }

    /// True if the side holds nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.near == 0
    }

    /// Sets a level to an absolute quantity; 0 takes it away.
    #[inline(always)]
    pub fn set(&mut self, price: i64, qty: i64) {
        let key = S::key(price);
        let place = key.wrapping_sub(self.base) as u64;
        if place < self.window.len() as u64 {
            self.set_near(place as usize, qty);
        } else {
            self.set_outside(key, qty);
        }
    }

    /// Whether a level comes, stays or goes cannot be guessed, so nothing here branches on it; that it is the best or
    /// better is rare.
    #[inline(always)]
    fn set_near(&mut self, place: usize, qty: i64) {
        let held = core::mem::replace(&mut self.window[place], qty);
        let holds = u64::from(qty != 0);
        let (word, bit) = (place / 64, place % 64);
        let ticks = self.ticks[word] & !(1 << bit) | holds << bit;
        self.ticks[word] = ticks;
        let (group, bit) = (word / 64, word % 64);
        self.words[group] = self.words[group] & !(1 << bit) | u64::from(ticks != 0) << bit;
        self.near = self.near + holds as usize - usize::from(held != 0);
        if place >= self.best {
            self.set_best(place, qty);
        }
    }

    /// A level at or better than the best was set.
    #[inline(always)]
    fn set_best(&mut self, place: usize, qty: i64) {
        if qty != 0 {
            self.best = place;
        } else if place == self.best {
            match self.next_below(place) {
                Some(next) => self.best = next,
                None => self.move_window(),
            }
        }
    }

    /// The next place below that holds something.
    #[inline(always)]
    fn next_below(&self, place: usize) -> Option<usize> {
        let word = place / 64;
        let rest = self.ticks[word] & ((1_u64 << (place % 64)) - 1);
        if rest != 0 {
            return Some(word * 64 + top_bit(rest));
        }
        let word = self.next_word_below(word)?;
        Some(word * 64 + top_bit(self.ticks[word]))
    }

    /// The next word of ticks below that is not zero.
    #[inline(always)]
    fn next_word_below(&self, word: usize) -> Option<usize> {
        let mut group = word / 64;
        let mut words = self.words[group] & ((1_u64 << (word % 64)) - 1);
        while words == 0 {
            group = group.checked_sub(1)?;
            words = self.words[group];
        }
        Some(group * 64 + top_bit(words))
    }

    fn set_outside(&mut self, key: i64, qty: i64) {
        let better = key > self.base;
        if qty == 0 {
            if !better {
                self.far.set(key, 0);
            }
        } else if better || self.near == 0 {
            self.move_window_to(key);
            self.set_near(key.wrapping_sub(self.base) as usize, qty);
        } else if self.far.len() < FAR_MAX || self.far.get(key) != 0 {
            self.far.set(key, qty);
        } else {
            // No room: from here on outwards nothing is known any more.
            self.known = self.known.max(key.saturating_add(1));
        }
    }

    /// The window is empty: moves it to the best far level, if there is one.
    #[cold]
    fn move_window(&mut self) {
        self.best = 0;
        if let Some(best) = self.far.iter().map(|(key, _)| key).max() {
            self.move_window_to(best);
        }
    }

    /// Makes room for `levels` in the window, if the side holds so many: a sparse book needs a wider one.
    #[inline(always)]
    pub fn reach(&mut self, levels: usize) {
        if self.near < levels && self.far.len() != 0 {
            self.reach_farther(levels);
        }
    }

    #[cold]
    fn reach_farther(&mut self, levels: usize) {
        let best = self.base + self.best as i64;
        if self.base != self.base_for(best) {
            self.move_window_to(best);
        }
        while self.near < levels && self.far.len() != 0 && self.window.len() < WINDOW_MOST {
            let doubled = self.window.len() * 2;
            self.near_to_far();
            self.window.resize(doubled, 0);
            self.ticks.resize(doubled / 64, 0);
            self.words.resize(doubled / 4096, 0);
            self.move_window_to(best);
        }
    }

    /// A quarter of the window lies better than the best, three quarters worse.
    fn base_for(&self, best: i64) -> i64 {
        best.saturating_sub((self.window.len() / 4 * 3) as i64)
    }

    #[cold]
    fn move_window_to(&mut self, best: i64) {
        self.near_to_far();
        self.base = self.base_for(best);
        let mut far = core::mem::replace(&mut self.far, Far::none());
        let (base, length) = (self.base, self.window.len() as u64);
        let inside = |key: i64| (key.wrapping_sub(base) as u64) < length;
        far.take_where(inside, |key, qty| {
            self.set_near(key.wrapping_sub(base) as usize, qty)
        });
        self.far = far;
    }

    fn near_to_far(&mut self) {
        let mut next = (self.near > 0).then_some(self.best);
        while let Some(place) = next {
            self.far.set(self.base + place as i64, self.window[place]);
            next = self.next_below(place);
        }
        self.empty_window();
    }

    fn empty_window(&mut self) {
        self.window.fill(0);
        self.ticks.fill(0);
        self.words.fill(0);
        (self.near, self.best) = (0, 0);
    }

    /// The best level: price and quantity.
    #[inline(always)]
    #[must_use]
    pub fn best(&self) -> Option<(i64, i64)> {
        (self.near > 0).then(|| {
            (
                S::price(self.base + self.best as i64),
                self.window[self.best],
            )
        })
    }

    /// What a price holds; 0: nothing.
    #[must_use]
    pub fn qty(&self, price: i64) -> i64 {
        let key = S::key(price);
        let place = key.wrapping_sub(self.base) as u64;
        if place < self.window.len() as u64 {
            self.window[place as usize]
        } else {
            self.far.get(key)
        }
    }

    /// Copies the best levels, best first, as (ticks, lots); gives how many there were.
    #[inline(always)]
    pub fn top(&self, into: &mut [[i64; 2]]) -> usize {
        let wanted = into.len();
        let mut places = into.iter_mut();
        let (mut word, mut bits) = (self.best / 64, 0);
        if self.near > 0 {
            bits = self.ticks[word] & (u64::MAX >> (63 - self.best % 64));
        }
        while bits != 0 {
            // A word of ticks is a line or two of quantities: taken together, with one bounds check.
            let quantities: &[i64; 64] = self.window[word * 64..][..64]
                .try_into()
                .expect("64 ticks a word");
            let base = self.base + (word * 64) as i64;
            while bits != 0 {
                let Some(place) = places.next() else {
                    return wanted;
                };
                let tick = top_bit(bits);
                *place = [S::price(base + tick as i64), quantities[tick]];
                bits ^= 1 << tick;
            }
            if let Some(next) = self.next_word_below(word) {
                word = next;
                bits = self.ticks[word];
            }
        }
        let count = wanted - places.len();
        if count < wanted && self.far.len() != 0 {
            self.top_far(into, count)
        } else {
            count
        }
    }

    /// Goes on with far levels: only a book sparser than the widest window comes here.
    #[cold]
    fn top_far(&self, into: &mut [[i64; 2]], mut count: usize) -> usize {
        let mut last = i64::MAX;
        while count < into.len() {
            let Some((key, qty)) = self
                .far
                .iter()
                .filter(|(key, _)| *key < last)
                .max_by_key(|(key, _)| *key)
            else {
                break;
            };
            into[count] = [S::price(key), qty];
            last = key;
            count += 1;
        }
        count
    }

    /// Every level as (price, quantity), in no order.
    pub fn iter(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        let first = (self.near > 0).then_some(self.best);
        let near = core::iter::successors(first, |place| self.next_below(*place));
        near.map(|place| (self.base + place as i64, self.window[place]))
            .chain(self.far.iter())
            .map(|(key, qty)| (S::price(key), qty))
    }

    /// The invariants, for tests: panics with the one that does not hold.
    pub fn check(&self) {
        let held = self.window.iter().filter(|qty| **qty != 0).count();
        assert_eq!(held, self.near, "near counts the window's levels");
        for (word, bits) in self.ticks.iter().enumerate() {
            let expected = (0..64)
                .filter(|bit| self.window[word * 64 + bit] != 0)
                .fold(0, |bits, bit| bits | 1 << bit);
            assert_eq!(*bits, expected, "a bit a tick that holds something");
            assert_eq!(
                self.words[word / 64] >> (word % 64) & 1 == 1,
                *bits != 0,
                "a bit a word that is not zero"
            );
        }
        assert!(
            self.far.iter().all(|(key, _)| key < self.base),
            "far levels are worse than the window"
        );
        assert!(
            self.near > 0 || self.far.len() == 0,
            "the window holds the best"
        );
        assert_eq!(
            self.far.iter().count(),
            self.far.len(),
            "far counts its levels"
        );
        if self.near > 0 {
            assert_eq!(
                self.window.iter().rposition(|qty| *qty != 0),
                Some(self.best),
                "best is the best"
            );
        }
    }
}

/// Place of the highest bit that is set; `bits` is not 0.
#[inline(always)]
const fn top_bit(bits: u64) -> usize {
    63 - bits.leading_zeros() as usize
}
