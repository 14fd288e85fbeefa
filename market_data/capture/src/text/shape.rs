//! What a line of a text capture is: a stream message of some symbol, or a bare depth snapshot.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::LineFault;

/// One line, looked into as far as its symbol, prices and quantities.
#[derive(Debug)]
pub enum Shape<'a> {
    /// A combined-stream message; upper-case symbol, none for those of the connection itself.
    Message {
        /// Whose it is.
        symbol: Option<String>,
        /// Prices and quantities in it.
        numbers: Numbers<'a>,
    },
    /// The answer to a depth request.
    Snapshot {
        /// Prices and quantities in it.
        numbers: Numbers<'a>,
    },
}

/// Decimal texts of one message.
#[derive(Debug, Default)]
pub struct Numbers<'a> {
    /// Prices other than those of `levels`.
    pub prices: Vec<Cow<'a, str>>,
    /// Quantities other than those of `levels`.
    pub quantities: Vec<Cow<'a, str>>,
    /// Price and quantity.
    pub levels: Vec<Level<'a>>,
}

/// Price and quantity as the exchange writes them.
#[derive(Debug, Deserialize)]
pub struct Level<'a>(
    #[serde(borrow)] pub Cow<'a, str>,
    #[serde(borrow)] pub Cow<'a, str>,
);

impl Numbers<'_> {
    /// The same, kept beyond the line.
    #[must_use]
    pub fn into_owned(self) -> Numbers<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Numbers {
            prices: self.prices.into_iter().map(own).collect(),
            quantities: self.quantities.into_iter().map(own).collect(),
            levels: self
                .levels
                .into_iter()
                .map(|Level(price, qty)| Level(own(price), own(qty)))
                .collect(),
        }
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    stream: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(rename = "lastUpdateId")]
    last_update_id: Option<u64>,
    #[serde(borrow)]
    bids: Option<Vec<Level<'a>>>,
    #[serde(borrow)]
    asks: Option<Vec<Level<'a>>>,
    #[serde(rename = "E")]
    event_time: Option<u64>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Depth<'a> {
    #[serde(rename = "U")]
    _first_id: u64,
    #[serde(rename = "u")]
    _last_id: u64,
    #[serde(borrow, rename = "b")]
    bids: Vec<Level<'a>>,
    #[serde(borrow, rename = "a")]
    asks: Vec<Level<'a>>,
    #[serde(rename = "pu")]
    previous_id: Option<u64>,
}

#[derive(Deserialize)]
struct BookTicker<'a> {
    #[serde(borrow, rename = "b")]
    bid: Cow<'a, str>,
    #[serde(borrow, rename = "B")]
    bid_qty: Cow<'a, str>,
    #[serde(borrow, rename = "a")]
    ask: Cow<'a, str>,
    #[serde(borrow, rename = "A")]
    ask_qty: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Trade<'a> {
    #[serde(borrow, rename = "p")]
    price: Cow<'a, str>,
    #[serde(borrow, rename = "q")]
    qty: Cow<'a, str>,
}

#[derive(Deserialize)]
struct KlineMessage<'a> {
    #[serde(borrow, rename = "k")]
    kline: Kline<'a>,
}

#[derive(Deserialize)]
struct Kline<'a> {
    #[serde(borrow, rename = "o")]
    open: Cow<'a, str>,
    #[serde(borrow, rename = "h")]
    high: Cow<'a, str>,
    #[serde(borrow, rename = "l")]
    low: Cow<'a, str>,
    #[serde(borrow, rename = "c")]
    close: Cow<'a, str>,
    #[serde(borrow, rename = "v")]
    volume: Cow<'a, str>,
    #[serde(borrow, rename = "V")]
    buy_volume: Cow<'a, str>,
}

impl<'a> Shape<'a> {
    /// Reads a line's JSON; says by name what cannot be replayed.
    pub fn of(json: &'a [u8]) -> Result<Self, LineFault> {
        let envelope: Envelope<'a> = read(json)?;
        match (envelope.stream, envelope.data) {
            (Some(stream), Some(data)) => {
                let symbol = stream_symbol(&stream);
                let numbers = numbers_of(&stream, data.get())?;
                Ok(Self::Message { symbol, numbers })
            }
            (None, None) if envelope.last_update_id.is_some() => {
                if envelope.event_time.is_some() {
                    return Err(LineFault::UsdMFutures("the snapshot has \"E\""));
                }
                let (Some(mut levels), Some(asks)) = (envelope.bids, envelope.asks) else {
                    return Err(LineFault::Malformed(
                        "the snapshot lacks \"bids\" or \"asks\"".into(),
                    ));
                };
                levels.extend(asks);
                Ok(Self::Snapshot {
                    numbers: Numbers {
                        levels,
                        ..Numbers::default()
                    },
                })
            }
            (None, None) if envelope.id.is_some() => Ok(Self::Message {
                symbol: None,
                numbers: Numbers::default(),
            }),
            _ => Err(LineFault::NotCombined),
        }
    }
}

fn read<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, LineFault> {
    serde_json::from_slice(json).map_err(|error| LineFault::Malformed(error.to_string()))
}

/// The symbol in a stream's name, upper case; `None` for `!serverShutdown` and the like.
#[must_use]
pub fn stream_symbol(stream: &str) -> Option<String> {
    let (symbol, _) = stream.split_once('@')?;
    (!symbol.is_empty() && !symbol.starts_with('!')).then(|| symbol.to_uppercase())
}

fn numbers_of<'a>(stream: &str, data: &'a str) -> Result<Numbers<'a>, LineFault> {
    let channel = stream.split_once('@').map_or("", |(_, channel)| channel);
    let mut numbers = Numbers::default();
    match channel.split(['@', '_']).next().unwrap_or_default() {
        "depth" => {
            let depth: Depth<'a> = read(data.as_bytes())?;
            if depth.previous_id.is_some() {
                return Err(LineFault::UsdMFutures("the depth update has \"pu\""));
            }
            numbers.levels = depth.bids;
            numbers.levels.extend(depth.asks);
        }
        "bookTicker" => {
            let ticker: BookTicker<'a> = read(data.as_bytes())?;
            numbers.levels = vec![
                Level(ticker.bid, ticker.bid_qty),
                Level(ticker.ask, ticker.ask_qty),
            ];
        }
        "trade" => {
            let trade: Trade<'a> = read(data.as_bytes())?;
            numbers.levels = vec![Level(trade.price, trade.qty)];
        }
        "kline" => {
            let kline = read::<KlineMessage<'a>>(data.as_bytes())?.kline;
            numbers.prices = vec![kline.open, kline.high, kline.low, kline.close];
            numbers.quantities = vec![kline.volume, kline.buy_volume];
        }
        _ => {}
    }
    Ok(numbers)
}

/// True for a bare depth snapshot. For lines that `Shape::of` has accepted: it looks at the first key alone where that
/// settles it, because a replay asks this for every line.
#[must_use]
pub fn is_snapshot(json: &[u8]) -> bool {
    if json.starts_with(b"{\"stream\"") || json.starts_with(b"{\"data\"") {
        return false;
    }
    matches!(Shape::of(json), Ok(Shape::Snapshot { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbol(json: &str) -> Result<Option<String>, LineFault> {
        Shape::of(json.as_bytes()).map(|shape| match shape {
            Shape::Message { symbol, .. } => symbol,
            Shape::Snapshot { .. } => Some("snapshot".into()),
        })
    }

    #[test]
    fn every_kind_of_line_is_told_apart() {
        let rows = [
            (
                r#"{"stream":"btcusdt@depth@100ms","data":{"U":1,"u":2,"b":[["1","2"]],"a":[]}}"#,
                Some("BTCUSDT"),
            ),
            (
                r#"{"data":{"u":1,"s":"ETHUSDT","b":"1","B":"1","a":"2","A":"1"},"stream":"ethusdt@bookTicker"}"#,
                Some("ETHUSDT"),
            ),
            (
                r#"{"stream":"ethusdt@trade","data":{"p":"1","q":"1"}}"#,
                Some("ETHUSDT"),
            ),
            (
                r#"{"stream":"ethusdt@kline_1m","data":{"k":{"o":"1","h":"1","l":"1","c":"1","v":"1","V":"1"}}}"#,
                Some("ETHUSDT"),
            ),
            (
                r#"{"stream":"ethusdt@avgPrice","data":{"w":"1.23456789123"}}"#,
                Some("ETHUSDT"),
            ),
            (
                r#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}"#,
                None,
            ),
            (r#"{"result":null,"id":1}"#, None),
            (
                r#"{"lastUpdateId":5,"bids":[["1","2"]],"asks":[]}"#,
                Some("snapshot"),
            ),
        ];
        for (json, expected) in rows {
            assert_eq!(symbol(json), Ok(expected.map(str::to_owned)), "{json}");
            assert_eq!(
                is_snapshot(json.as_bytes()),
                expected == Some("snapshot"),
                "{json}"
            );
        }
    }

    #[test]
    fn futures_are_refused_by_name() {
        for json in [
            r#"{"stream":"btcusdt@depth@100ms","data":{"U":1,"u":2,"pu":0,"b":[],"a":[]}}"#,
            r#"{"lastUpdateId":5,"E":1,"T":1,"bids":[],"asks":[]}"#,
        ] {
            assert!(
                matches!(symbol(json), Err(LineFault::UsdMFutures(_))),
                "{json}"
            );
        }
    }

    #[test]
    fn anything_else_is_refused() {
        assert_eq!(
            symbol(r#"{"e":"trade","s":"BTCUSDT","p":"1","q":"1"}"#),
            Err(LineFault::NotCombined)
        );
        for json in [
            r#"{"stream":"btcusdt@depth","data":{"u":2,"b":[],"a":[]}}"#,
            r#"{"stream":"btcusdt@trade","data":{"p":1,"q":"1"}}"#,
            r#"{"stream":"btcusdt@trade","data""#,
            r#"{"lastUpdateId":5,"bids":[]}"#,
            "[]",
        ] {
            assert!(
                matches!(symbol(json), Err(LineFault::Malformed(_))),
                "{json}"
            );
        }
    }
}
