//! Messages of the streams, with the venue's fields, their order and eight decimals.

use super::streams::StreamKind;
use crate::decimal::{write_e8, write_integer};
use crate::levels::Level;
use crate::market::event::{BookTicker, Candle, Content, Depth, MarketEvent, Trade};
use bytes::Bytes;
use std::ops::Range;

/// One message in the combined form, and where the raw form is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    combined: Bytes,
    raw: Range<usize>,
}

impl Text {
    /// A raw message under its stream's name.
    pub fn new(stream: &str, raw: &[u8]) -> Self {
        let mut combined = opening(stream, raw.len());
        let begin = combined.len();
        combined.extend_from_slice(raw);
        let end = combined.len();
        combined.push(b'}');
        Self {
            combined: combined.into(),
            raw: begin..end,
        }
    }

    /// A combined message as it came; `raw` says where its `data` is.
    pub fn recorded(combined: Vec<u8>, raw: Range<usize>) -> Self {
        debug_assert!(raw.end <= combined.len(), "the data is in the message");
        Self {
            combined: combined.into(),
            raw,
        }
    }

    /// A message that looks the same in both forms, as garbage does.
    pub fn same(text: Vec<u8>) -> Self {
        Self {
            raw: 0..text.len(),
            combined: text.into(),
        }
    }

    /// `{"stream":…,"data":…}`
    pub fn combined(&self) -> Bytes {
        self.combined.clone()
    }

    /// What stands in `data`.
    pub fn raw(&self) -> Bytes {
        self.combined.slice(self.raw.clone())
    }
}

/// How a depth message is written: as the venue does, or with one thing wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepthStyle {
    /// As the venue does.
    Plain,
    /// Without `u`.
    WithoutLastId,
    /// `B` and `A` for `b` and `a`.
    WrongCase,
    /// With a field that nobody knows.
    ExtraField,
}

/// What a stream carries for this content.
pub fn kind(content: &Content) -> StreamKind {
    match content {
        Content::Depth(_) => StreamKind::Depth,
        Content::Trade(_) => StreamKind::Trade,
        Content::BookTicker(_) => StreamKind::BookTicker,
        Content::Kline(_) => StreamKind::Kline,
    }
}

/// The message of an event.
pub fn message(symbol: &str, event: &MarketEvent) -> Text {
    let time_ms = event.time_ns / 1_000_000;
    write(symbol, kind(&event.content), |out| match &event.content {
        Content::Depth(depth) => write_depth(out, symbol, time_ms, depth, DepthStyle::Plain),
        Content::Trade(trade) => write_trade(out, symbol, time_ms, trade),
        Content::BookTicker(ticker) => write_book_ticker(out, symbol, ticker),
        Content::Kline(candle) => write_kline(out, symbol, time_ms, candle),
    })
}

/// A depth message in a style.
pub fn depth_message(symbol: &str, time_ns: i64, depth: &Depth, style: DepthStyle) -> Text {
    write(symbol, StreamKind::Depth, |out| {
        write_depth(out, symbol, time_ns / 1_000_000, depth, style)
    })
}

/// The notice that this server is about to go.
pub fn server_shutdown(time_ns: i64) -> Text {
    let raw = format!(r#"{{"e":"serverShutdown","E":{}}}"#, time_ns / 1_000_000);
    Text::new("!serverShutdown", raw.as_bytes())
}

/// The name of a symbol's stream.
pub fn stream_name(symbol: &str, kind: StreamKind) -> String {
    symbol.to_ascii_lowercase() + kind.suffix()
}

fn opening(stream: &str, data: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(stream.len() + data + 24);
    out.extend_from_slice(br#"{"stream":""#);
    out.extend_from_slice(stream.as_bytes());
    out.extend_from_slice(br#"","data":"#);
    out
}

fn write(symbol: &str, kind: StreamKind, body: impl FnOnce(&mut Vec<u8>)) -> Text {
    let mut combined = opening(&stream_name(symbol, kind), 256);
    let begin = combined.len();
    body(&mut combined);
    let end = combined.len();
    combined.push(b'}');
    Text {
        combined: combined.into(),
        raw: begin..end,
    }
}

fn write_depth(out: &mut Vec<u8>, symbol: &str, time_ms: i64, depth: &Depth, style: DepthStyle) {
    write_opening(out, "depthUpdate", symbol, time_ms);
    if style == DepthStyle::ExtraField {
        out.extend_from_slice(br#","zz":{"b":[["1","2"]],"u":0,"n":[null,true,1.5e3]}"#);
    }
    write_number(out, "U", depth.first_id);
    if style != DepthStyle::WithoutLastId {
        write_number(out, "u", depth.last_id);
    }
    let (bids, asks) = if style == DepthStyle::WrongCase {
        ("B", "A")
    } else {
        ("b", "a")
    };
    write_key(out, bids);
    write_levels(out, &depth.bids);
    write_key(out, asks);
    write_levels(out, &depth.asks);
    out.push(b'}');
}

fn write_trade(out: &mut Vec<u8>, symbol: &str, time_ms: i64, trade: &Trade) {
    write_opening(out, "trade", symbol, time_ms);
    write_number(out, "t", trade.id);
    write_decimal(out, "p", trade.price.e8());
    write_decimal(out, "q", trade.qty.e8());
    write_number(out, "T", time_ms);
    write_flag(out, "m", trade.buyer_is_maker);
    out.extend_from_slice(br#","M":true}"#);
}

fn write_book_ticker(out: &mut Vec<u8>, symbol: &str, ticker: &BookTicker) {
    out.extend_from_slice(br#"{"u":"#);
    write_integer(out, ticker.id);
    write_key(out, "s");
    write_quoted(out, symbol);
    let side = |level: Option<Level>| level.map_or((0, 0), |(price, qty)| (price.e8(), qty.e8()));
    for (price, qty, level) in [("b", "B", ticker.top.bid), ("a", "A", ticker.top.ask)] {
        write_decimal(out, price, side(level).0);
        write_decimal(out, qty, side(level).1);
    }
    out.push(b'}');
}

fn write_kline(out: &mut Vec<u8>, symbol: &str, time_ms: i64, candle: &Candle) {
    write_opening(out, "kline", symbol, time_ms);
    out.extend_from_slice(br#","k":{"t":"#);
    write_integer(out, candle.open_ms);
    write_number(out, "T", candle.close_ms());
    write_key(out, "s");
    write_quoted(out, symbol);
    write_key(out, "i");
    write_quoted(out, "1m");
    write_number(out, "f", candle.first_trade);
    write_number(out, "L", candle.last_trade);
    write_decimal(out, "o", candle.open.e8());
    write_decimal(out, "c", candle.close.e8());
    write_decimal(out, "h", candle.high.e8());
    write_decimal(out, "l", candle.low.e8());
    write_decimal(out, "v", candle.volume_e8);
    write_number(out, "n", candle.trades);
    write_flag(out, "x", candle.closed);
    write_decimal(out, "q", money_e8(candle.quote_volume_e16));
    write_decimal(out, "V", candle.buy_volume_e8);
    write_decimal(out, "Q", money_e8(candle.buy_quote_volume_e16));
    out.extend_from_slice(br#","B":"0"}}"#);
}

/// Price times quantity in 10⁻⁸, rounded down; capped as the venue caps what does not fit.
pub fn money_e8(value_e16: i128) -> i64 {
    i64::try_from(value_e16 / 100_000_000).unwrap_or(i64::MAX)
}

/// Levels as `[["price","qty"],…]`.
pub fn write_levels(out: &mut Vec<u8>, levels: &[Level]) {
    out.push(b'[');
    for (at, (price, qty)) in levels.iter().enumerate() {
        out.extend_from_slice(if at == 0 { b"[\"" } else { b",[\"" });
        write_e8(out, price.e8());
        out.extend_from_slice(b"\",\"");
        write_e8(out, qty.e8());
        out.extend_from_slice(b"\"]");
    }
    out.push(b']');
}

fn write_opening(out: &mut Vec<u8>, event: &str, symbol: &str, time_ms: i64) {
    out.extend_from_slice(br#"{"e":"#);
    write_quoted(out, event);
    write_number(out, "E", time_ms);
    write_key(out, "s");
    write_quoted(out, symbol);
}

fn write_key(out: &mut Vec<u8>, key: &str) {
    out.push(b',');
    write_quoted(out, key);
    out.push(b':');
}

fn write_quoted(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

fn write_number(out: &mut Vec<u8>, key: &str, value: i64) {
    write_key(out, key);
    write_integer(out, value);
}

fn write_decimal(out: &mut Vec<u8>, key: &str, value_e8: i64) {
    write_key(out, key);
    out.push(b'"');
    write_e8(out, value_e8);
    out.push(b'"');
}

fn write_flag(out: &mut Vec<u8>, key: &str, value: bool) {
    write_key(out, key);
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decimal::{Price, Qty};
    use crate::levels::Top;

    fn raw(content: Content) -> String {
        let event = MarketEvent {
            symbol: 0,
            time_ns: 1_672_515_782_136_999_999,
            content,
        };
        let text = message("BNBBTC", &event);
        let name = stream_name("BNBBTC", kind(&event.content));
        let raw = String::from_utf8(text.raw().to_vec()).expect("text");
        let combined = String::from_utf8(text.combined().to_vec()).expect("text");
        assert_eq!(combined, format!(r#"{{"stream":"{name}","data":{raw}}}"#));
        raw
    }

    fn level(price: i64, qty: i64) -> Level {
        (Price::from_e8(price), Qty::from_e8(qty))
    }

    #[test]
    fn fields_stand_as_the_venue_documents_them() {
        let depth = Depth {
            first_id: 157,
            last_id: 160,
            bids: vec![level(240_000, 0)],
            asks: vec![],
        };
        assert_eq!(
            raw(Content::Depth(depth)),
            r#"{"e":"depthUpdate","E":1672515782136,"s":"BNBBTC","U":157,"u":160,"b":[["0.00240000","0.00000000"]],"a":[]}"#
        );
        let trade = Trade {
            id: 12345,
            price: Price::from_e8(100_000),
            qty: Qty::from_e8(10_000_000_000),
            buyer_is_maker: true,
        };
        assert_eq!(
            raw(Content::Trade(trade)),
            r#"{"e":"trade","E":1672515782136,"s":"BNBBTC","t":12345,"p":"0.00100000","q":"100.00000000","T":1672515782136,"m":true,"M":true}"#
        );
        let top = Top {
            bid: Some(level(2_535_190_000, 3_121_000_000)),
            ask: Some(level(2_536_520_000, 4_066_000_000)),
        };
        assert_eq!(
            raw(Content::BookTicker(BookTicker { id: 400900217, top })),
            r#"{"u":400900217,"s":"BNBBTC","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"}"#
        );
        let mut candle = Candle::flat(1_672_515_780_000, Price::from_e8(100_000));
        candle.add(&trade);
        assert_eq!(
            raw(Content::Kline(candle)),
            concat!(
                r#"{"e":"kline","E":1672515782136,"s":"BNBBTC","k":{"t":1672515780000,"T":1672515839999,"s":"BNBBTC","i":"1m","#,
                r#""f":12345,"L":12345,"o":"0.00100000","c":"0.00100000","h":"0.00100000","l":"0.00100000","v":"100.00000000","#,
                r#""n":1,"x":false,"q":"0.10000000","V":"0.00000000","Q":"0.00000000","B":"0"}}"#
            )
        );
    }

    #[test]
    fn a_shutdown_notice_has_no_symbol_in_either_form() {
        let text = server_shutdown(1_770_123_456_789_000_000);
        assert_eq!(text.raw(), r#"{"e":"serverShutdown","E":1770123456789}"#);
        assert_eq!(
            text.combined(),
            r#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}"#
        );
    }
}
