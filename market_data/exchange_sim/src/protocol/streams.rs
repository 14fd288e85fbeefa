//! Names of streams: `btcusdt@depth@100ms`.

use serde::Deserialize;

/// What a stream carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamKind {
    /// `@depth@100ms`
    Depth,
    /// `@trade`
    Trade,
    /// `@bookTicker`
    BookTicker,
    /// `@kline_1m`
    Kline,
}

/// Symbols of one exchange; with four kinds each they fill one word of stream bits.
pub const SYMBOLS_MAX: usize = 16;
/// All kinds, by number.
pub const STREAM_KINDS: [StreamKind; 4] = [
    StreamKind::Depth,
    StreamKind::Trade,
    StreamKind::BookTicker,
    StreamKind::Kline,
];
const _: () = assert!(SYMBOLS_MAX * STREAM_KINDS.len() <= u64::BITS as usize);

impl StreamKind {
    /// The part of the name after the symbol, `@` included.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Depth => "@depth@100ms",
            Self::Trade => "@trade",
            Self::BookTicker => "@bookTicker",
            Self::Kline => "@kline_1m",
        }
    }

    fn from_suffix(suffix: &str) -> Option<Self> {
        STREAM_KINDS
            .into_iter()
            .find(|kind| kind.suffix() == suffix)
    }
}

/// A set of streams, a bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamSet(u64);

impl StreamSet {
    /// Whoever is connected, whatever they subscribed.
    pub const EVERYONE: Self = Self(u64::MAX);

    /// One stream.
    pub fn one(symbol: usize, kind: StreamKind) -> Self {
        Self(1 << (symbol * STREAM_KINDS.len() + kind as usize))
    }

    /// Every stream of one symbol.
    pub fn of_symbol(symbol: usize) -> Self {
        STREAM_KINDS.into_iter().fold(Self::default(), |set, kind| {
            set.with(Self::one(symbol, kind))
        })
    }

    /// Both together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// True if a message for `self` goes to a reader of `subscribed`.
    pub fn reaches(self, subscribed: Self) -> bool {
        self == Self::EVERYONE || self.0 & subscribed.0 != 0
    }

    /// True if a stream of this kind is in it.
    pub fn holds(self, kind: StreamKind) -> bool {
        (0..SYMBOLS_MAX).any(|symbol| self.0 & Self::one(symbol, kind).0 != 0)
    }

    /// True if there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Splits a stream's name into the upper-case symbol and what it carries; `None` for a stream this exchange has not.
pub fn parse_stream(name: &str) -> Option<(String, StreamKind)> {
    let at = name.find('@')?;
    let (symbol, suffix) = name.split_at(at);
    if symbol.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    Some((
        symbol.to_ascii_uppercase(),
        StreamKind::from_suffix(suffix)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stream_names_are_lower_case_and_exact() {
        assert_eq!(
            parse_stream("btcusdt@depth@100ms"),
            Some(("BTCUSDT".to_owned(), StreamKind::Depth))
        );
        for name in [
            "BTCUSDT@trade",
            "btcusdt",
            "btcusdt@kline_5m",
            "btcusdt@depth@100MS",
        ] {
            assert_eq!(parse_stream(name), None);
        }
    }

    #[test]
    fn no_two_streams_share_a_bit() {
        let all = (0..SYMBOLS_MAX)
            .flat_map(|symbol| STREAM_KINDS.map(|kind| StreamSet::one(symbol, kind).0));
        assert_eq!(
            all.fold(0, |set, bit| if set & bit == 0 {
                set | bit
            } else {
                panic!("shared")
            }),
            u64::MAX
        );
    }
}
