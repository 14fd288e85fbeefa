//! Messages of the stream, raw or inside the combined wrapper `{"stream":…,"data":…}`.
//!
//! One walk over the text collects the single-letter fields of whatever event it is; what it was is decided at the end,
//! because nothing promises that `e` comes first, and bookTicker has none. Field case matters: `u` is not `U`.

use crate::error::Malformed;
use crate::field::{Found, need};
use crate::kline::{Kline, KlineFields};
use crate::level::{Update, lots, ticks};
use crate::number::Unit;
use crate::scan::Cursor;
use crate::stream::stream_of;

/// A message of the stream, by what it says. Depth levels are in the `Update` given to `parse_message`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// `depthUpdate`.
    Depth {
        /// Upper-case symbol, as it came.
        symbol: &'a [u8],
        /// `U`.
        first_id: u64,
        /// `u`.
        last_id: u64,
        /// `E`.
        event_ns: i64,
    },
    /// `trade`.
    Trade {
        /// Upper-case symbol, as it came.
        symbol: &'a [u8],
        /// `t`.
        trade_id: u64,
        /// In 10⁻⁸; `ticks` makes ticks of it.
        price_e8: i64,
        /// In 10⁻⁸; `lots` makes lots of it.
        qty_e8: i64,
        /// `T`: when the trade was made.
        event_ns: i64,
        /// `m`: the buyer was the maker, so the aggressor sold.
        buyer_is_maker: bool,
    },
    /// bookTicker.
    Ticker {
        /// Upper-case symbol, as it came.
        symbol: &'a [u8],
        /// The top of the book.
        ticker: Ticker,
    },
    /// `kline` of one minute.
    Kline {
        /// Upper-case symbol, as it came.
        symbol: &'a [u8],
        /// The bar.
        kline: Kline,
    },
    /// `serverShutdown`: connect anew as soon as possible.
    ServerShutdown,
    /// The answer to a control message: `error` is false for `{"result":…}`.
    Answer {
        /// Whether it is an error.
        error: bool,
    },
    /// An event of a kind we do not use.
    Unknown,
}

impl<'a> Message<'a> {
    /// Whose it is.
    fn symbol(&self) -> Option<&'a [u8]> {
        match *self {
            Self::Depth { symbol, .. }
            | Self::Trade { symbol, .. }
            | Self::Ticker { symbol, .. }
            | Self::Kline { symbol, .. } => Some(symbol),
            Self::ServerShutdown | Self::Answer { .. } | Self::Unknown => None,
        }
    }
}

/// The top of the book as bookTicker tells it: in 10⁻⁸, or after `to_units` in ticks and lots. An empty side is price and quantity 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticker {
    /// `u`; 0 over REST, where there is none.
    pub last_id: u64,
    /// Best bid.
    pub bid: i64,
    /// Its quantity.
    pub bid_qty: i64,
    /// Best ask.
    pub ask: i64,
    /// Its quantity.
    pub ask_qty: i64,
}

impl Ticker {
    /// Turns prices and quantities from 10⁻⁸ into ticks and lots.
    ///
    /// # Errors
    /// A price off the tick.
    pub fn to_units(self, tick: Unit, lot: Unit) -> Result<Self, Malformed> {
        Ok(Self {
            last_id: self.last_id,
            bid: ticks(tick, self.bid)?,
            bid_qty: lots(lot, self.bid_qty),
            ask: ticks(tick, self.ask)?,
            ask_qty: lots(lot, self.ask_qty),
        })
    }
}

/// Reads one message. The levels of a depthUpdate are put into `update`, in 10⁻⁸.
///
/// # Errors
/// The first thing that is wrong, by name; a symbol other than its stream's is. A kind we do not use is no error.
pub fn parse_message<'a>(text: &'a [u8], update: &mut Update) -> Result<Message<'a>, Malformed> {
    update.clear();
    let mut cursor = Cursor::new(text);
    let mut fields = Fields::default();
    fields.object(&mut cursor, update, true)?;
    cursor.end()?;
    let message = fields.message()?;
    match (message.symbol(), stream_of(text)) {
        (Some(symbol), Some((stream, _))) if !stream.eq_ignore_ascii_case(symbol) => {
            Err(Malformed::OtherSymbol)
        }
        _ => Ok(message),
    }
}

/// Every field that any of our events uses.
#[derive(Default)]
struct Fields<'a> {
    event: Option<&'a [u8]>,
    symbol: Option<&'a [u8]>,
    event_time: Found<u64>,
    first_id: Found<u64>,
    last_id: Found<u64>,
    trade_id: Found<u64>,
    trade_time: Found<u64>,
    price: Found<i64>,
    qty: Found<i64>,
    buyer_is_maker: Found<bool>,
    bid: Found<i64>,
    bid_qty: Found<i64>,
    ask: Found<i64>,
    ask_qty: Found<i64>,
    bids: Found<()>,
    asks: Found<()>,
    kline: Option<KlineFields>,
    futures: bool,
    answer: bool,
    answer_is_error: bool,
}

impl<'a> Fields<'a> {
    #[inline(always)]
    fn object(
        &mut self,
        cursor: &mut Cursor<'a>,
        update: &mut Update,
        outer: bool,
    ) -> Result<(), Malformed> {
        cursor.object(|cursor, key| match key {
            [letter] => self.letter(*letter, cursor, update),
            b"data" if outer && cursor.peek()? == b'{' => self.payload(cursor, update),
            b"pu" => {
                self.futures = true;
                cursor.pass()
            }
            b"result" | b"code" | b"error" if outer => {
                self.answer = true;
                self.answer_is_error |= key != b"result";
                cursor.pass()
            }
            _ => cursor.pass(),
        })
    }

    fn payload(&mut self, cursor: &mut Cursor<'a>, update: &mut Update) -> Result<(), Malformed> {
        self.object(cursor, update, false)
    }

    #[inline(always)]
    fn letter(
        &mut self,
        letter: u8,
        cursor: &mut Cursor<'a>,
        update: &mut Update,
    ) -> Result<(), Malformed> {
        match letter {
            b'e' => self.event = cursor.attempt(Cursor::text)?.ok(),
            b's' => self.symbol = cursor.attempt(Cursor::text)?.ok(),
            b'E' => self.event_time = Some(cursor.attempt(Cursor::whole)?),
            b'U' => self.first_id = Some(cursor.attempt(Cursor::whole)?),
            b'u' => self.last_id = Some(cursor.attempt(Cursor::whole)?),
            b't' => self.trade_id = Some(cursor.attempt(Cursor::whole)?),
            b'T' => self.trade_time = Some(cursor.attempt(Cursor::whole)?),
            b'p' => self.price = Some(cursor.attempt(Cursor::decimal)?),
            b'q' => self.qty = Some(cursor.attempt(Cursor::decimal)?),
            b'm' => {
                self.buyer_is_maker = Some(cursor.attempt(|cursor| {
                    cursor.peek()?;
                    cursor.boolean()
                })?)
            }
            b'b' if cursor.peek()? == b'[' => {
                self.bids = Some(cursor.attempt(|cursor| cursor.levels(&mut update.bids))?)
            }
            b'a' if cursor.peek()? == b'[' => {
                self.asks = Some(cursor.attempt(|cursor| cursor.levels(&mut update.asks))?)
            }
            b'b' => self.bid = Some(cursor.attempt(Cursor::decimal)?),
            b'B' => self.bid_qty = Some(cursor.attempt(Cursor::decimal)?),
            b'a' => self.ask = Some(cursor.attempt(Cursor::decimal)?),
            b'A' => self.ask_qty = Some(cursor.attempt(Cursor::decimal)?),
            b'k' if cursor.peek()? == b'{' => self.kline = Some(KlineFields::read(cursor)?),
            _ => cursor.pass()?,
        }
        Ok(())
    }

    #[inline(always)]
    fn message(self) -> Result<Message<'a>, Malformed> {
        if self.futures {
            return Err(Malformed::FuturesMessage);
        }
        match self.event {
            Some(b"depthUpdate") => self.depth(),
            Some(b"trade") => self.trade(),
            Some(b"kline") => self.kline(),
            Some(b"serverShutdown") => Ok(Message::ServerShutdown),
            None | Some(b"bookTicker") if self.last_id.is_some() && self.bid_qty.is_some() => {
                self.ticker()
            }
            None if self.answer => Ok(Message::Answer {
                error: self.answer_is_error,
            }),
            _ => Ok(Message::Unknown),
        }
    }

    #[inline(always)]
    fn depth(self) -> Result<Message<'a>, Malformed> {
        let (first_id, last_id) = (need(self.first_id, "U")?, need(self.last_id, "u")?);
        need(self.bids, "b")?;
        need(self.asks, "a")?;
        if first_id == 0 || first_id > last_id || last_id > i64::MAX as u64 {
            return Err(Malformed::BadIds { first_id, last_id });
        }
        let event_ns = time_ns(self.event_time, "E")?;
        Ok(Message::Depth {
            symbol: symbol(self.symbol)?,
            first_id,
            last_id,
            event_ns,
        })
    }

    fn trade(self) -> Result<Message<'a>, Malformed> {
        let trade_id = need(self.trade_id, "t")?;
        if trade_id > i64::MAX as u64 {
            return Err(Malformed::TooLarge { at: 0 });
        }
        Ok(Message::Trade {
            symbol: symbol(self.symbol)?,
            trade_id,
            price_e8: positive(self.price, "p")?,
            qty_e8: positive(self.qty, "q")?,
            event_ns: time_ns(self.trade_time, "T")?,
            buyer_is_maker: need(self.buyer_is_maker, "m")?,
        })
    }

    fn ticker(self) -> Result<Message<'a>, Malformed> {
        let ticker = Ticker {
            last_id: need(self.last_id, "u")?,
            bid: need(self.bid, "b")?,
            bid_qty: need(self.bid_qty, "B")?,
            ask: need(self.ask, "a")?,
            ask_qty: need(self.ask_qty, "A")?,
        };
        Ok(Message::Ticker {
            symbol: symbol(self.symbol)?,
            ticker,
        })
    }

    fn kline(self) -> Result<Message<'a>, Malformed> {
        let fields = self.kline.ok_or(Malformed::MissingField { field: "k" })?;
        let symbol = symbol(self.symbol)?;
        Ok(if fields.one_minute {
            Message::Kline {
                symbol,
                kline: fields.kline()?,
            }
        } else {
            Message::Unknown
        })
    }
}

fn positive(found: Found<i64>, field: &'static str) -> Result<i64, Malformed> {
    match need(found, field)? {
        0 => Err(Malformed::Zero { field }),
        value => Ok(value),
    }
}

fn symbol(found: Option<&[u8]>) -> Result<&[u8], Malformed> {
    found.ok_or(Malformed::MissingField { field: "s" })
}

/// Milliseconds, or microseconds if the connection asked for them: the magnitude tells (10¹⁴ ms is the year 5138).
#[inline(always)]
pub(crate) fn time_ns(found: Found<u64>, field: &'static str) -> Result<i64, Malformed> {
    let time = need(found, field)?;
    let factor = if time < 100_000_000_000_000 {
        1_000_000
    } else {
        1_000
    };
    let ns = time
        .checked_mul(factor)
        .and_then(|ns| i64::try_from(ns).ok());
    ns.ok_or(Malformed::BadTime { field })
}
