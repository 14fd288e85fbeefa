//! Bid and ask as types: the one code of a ladder, turned either way at compile time.

/// Turns prices into keys of which the greater is the better.
pub trait Side {
    /// The key of a price.
    fn key(price: i64) -> i64;
    /// The price of a key.
    fn price(key: i64) -> i64;
}

/// Buyers: the highest price is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bid;

/// Sellers: the lowest price is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask;

impl Side for Bid {
    #[inline(always)]
    fn key(price: i64) -> i64 {
        price
    }

    #[inline(always)]
    fn price(key: i64) -> i64 {
        key
    }
}

impl Side for Ask {
    #[inline(always)]
    fn key(price: i64) -> i64 {
        -price
    }

    #[inline(always)]
    fn price(key: i64) -> i64 {
        -key
    }
}
