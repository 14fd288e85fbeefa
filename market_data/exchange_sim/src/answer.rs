//! REST answers: what is asked, weighed, spoiled by a fault or answered from the listings.

use crate::decimal::text_e8;
use crate::exchange::Exchange;
use crate::faults::rest::Spoiled;
use crate::faults::rewrite::set_field;
use crate::levels::{Level, Levels, Side};
use crate::listing::{Listing, Status};
use crate::market::event::Candle;
use crate::protocol::exchange_info::exchange_info;
use crate::protocol::payload::{money_e8, write_levels};
use crate::protocol::rest::{Endpoint, KlineRange, Refusal, Request};
use crate::protocol::weight::Spent;
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::io::Write;

/// The venue's code for a request that weighs too much.
const TOO_MANY_REQUESTS: i32 = -1003;
/// The venue's code for a status that the symbol does not have.
const OTHER_STATUS: i32 = -1220;
const PAGE: &str = "<!DOCTYPE html><html><body><h1>Service unavailable</h1></body></html>";

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `X-MBX-USED-WEIGHT-1M`.
    pub used_weight: u32,
    /// `Retry-After`.
    pub retry_after_s: Option<u32>,
    /// How long the answer is held back.
    pub hang_ms: u32,
    /// True for a page in place of JSON.
    pub html: bool,
    /// True if the body is compressed.
    pub gzip: bool,
    /// True if the answer sends the caller to where it is already.
    pub redirect: bool,
    /// The body.
    pub body: Vec<u8>,
}

impl Exchange {
    /// Answers a call at a time of the clock.
    pub fn answer(&mut self, endpoint: Endpoint, query: &str, now_ns: i64) -> Answer {
        let request = Request::parse(endpoint, query);
        let spent = self
            .weight
            .spend(request.as_ref().map_or(1, Request::weight), now_ns);
        let answer = match spent {
            Spent::Beyond {
                used,
                retry_after_s,
            } => {
                let msg =
                    "Too much request weight used; please use WebSocket Streams for live updates.";
                let refusal = Refusal {
                    status: 429,
                    code: TOO_MANY_REQUESTS,
                    msg: msg.to_owned(),
                };
                Answer {
                    retry_after_s: Some(retry_after_s),
                    ..refused(&refusal, used)
                }
            }
            Spent::Within { used } => {
                let spoiled = self.rest_faults.take(endpoint);
                let body =
                    request.and_then(|request| self.body(&request, spoiled.as_ref(), now_ns));
                spoil(
                    body.map_or_else(|refusal| refused(&refusal, used), |body| plain(body, used)),
                    spoiled,
                )
            }
        };
        self.counts.called(endpoint, answer.status != 200);
        answer
    }

    fn body(
        &self,
        request: &Request,
        spoiled: Option<&Spoiled>,
        now_ns: i64,
    ) -> Result<Vec<u8>, Refusal> {
        let server_ms = now_ns / 1_000_000;
        let json = match request {
            Request::Ping => json!({}),
            Request::Time => json!({"serverTime": server_ms}),
            Request::ExchangeInfo(None) => exchange_info(self.listings(), server_ms),
            Request::ExchangeInfo(Some(names)) => {
                exchange_info(self.all(names)?.into_iter(), server_ms)
            }
            Request::BookTicker(None) => self
                .listings()
                .filter(|one| one.status != Status::Delisted)
                .map(best)
                .collect(),
            Request::BookTicker(Some(names)) => match self.all(names)?.as_slice() {
                [one] => best(one),
                several => several.iter().copied().map(best).collect(),
            },
            Request::Klines { symbol, range } => klines(self.one(symbol)?, range),
            Request::Depth {
                symbol,
                limit,
                status,
            } => {
                let mut listing = self.one(symbol)?;
                if spoiled == Some(&Spoiled::OtherSymbol) {
                    listing = self.neighbour(listing);
                }
                if status.is_some() && status.as_deref() != listing.status.word() {
                    return Err(Refusal::bad_request(
                        OTHER_STATUS,
                        "The symbol is not in the given status.",
                    ));
                }
                return depth(listing, *limit, spoiled, self.market_ns());
            }
        };
        Ok(json.to_string().into_bytes())
    }

    fn one(&self, name: &str) -> Result<&Listing, Refusal> {
        let symbol = self.symbol(name).ok_or_else(Refusal::invalid_symbol)?;
        Ok(self.listing(symbol))
    }

    /// The symbol listed behind this one, or the first.
    fn neighbour<'a>(&'a self, listing: &'a Listing) -> &'a Listing {
        let mut behind = self
            .listings()
            .skip_while(|one| one.spec.symbol != listing.spec.symbol);
        behind
            .nth(1)
            .or_else(|| self.listings().next())
            .unwrap_or(listing)
    }

    /// One unknown symbol fails the whole call, as at the venue.
    fn all(&self, names: &[String]) -> Result<Vec<&Listing>, Refusal> {
        names.iter().map(|name| self.one(name)).collect()
    }
}

fn plain(body: Vec<u8>, used_weight: u32) -> Answer {
    Answer {
        status: 200,
        used_weight,
        retry_after_s: None,
        hang_ms: 0,
        html: false,
        gzip: false,
        redirect: false,
        body,
    }
}

fn refused(refusal: &Refusal, used_weight: u32) -> Answer {
    Answer {
        status: refusal.status,
        ..plain(refusal.body().into_bytes(), used_weight)
    }
}

fn spoil(answer: Answer, spoiled: Option<Spoiled>) -> Answer {
    match spoiled {
        None | Some(Spoiled::Stale { .. } | Spoiled::ZeroLevel | Spoiled::OtherSymbol) => answer,
        Some(Spoiled::Redirect) => Answer {
            status: 302,
            redirect: true,
            ..answer
        },
        Some(Spoiled::Gzip) => Answer {
            body: compressed(&answer.body),
            gzip: true,
            ..answer
        },
        Some(Spoiled::Field { field, value }) => Answer {
            body: set_field(&answer.body, &field, &value),
            ..answer
        },
        Some(Spoiled::Status {
            status,
            retry_after_s,
        }) => {
            let (code, msg) = match status {
                418 | 429 => (
                    TOO_MANY_REQUESTS,
                    "Way too much request weight used; IP banned.",
                ),
                451 => (0, "Service unavailable from a restricted location."),
                _ => (
                    -1000,
                    "An unknown error occurred while processing the request.",
                ),
            };
            let refusal = Refusal {
                status,
                code,
                msg: msg.to_owned(),
            };
            Answer {
                retry_after_s,
                ..refused(&refusal, answer.used_weight)
            }
        }
        Some(Spoiled::Hang { ms }) => Answer {
            hang_ms: ms,
            ..answer
        },
        Some(Spoiled::Html) => Answer {
            html: true,
            body: PAGE.into(),
            ..answer
        },
        Some(Spoiled::Empty) => Answer {
            body: Vec::new(),
            ..answer
        },
        Some(Spoiled::Truncated) => {
            let half = answer.body.len() / 2;
            Answer {
                body: answer.body[..half].to_vec(),
                ..answer
            }
        }
    }
}

fn compressed(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}

fn depth(
    listing: &Listing,
    limit: usize,
    spoiled: Option<&Spoiled>,
    market_ns: i64,
) -> Result<Vec<u8>, Refusal> {
    let truth = &listing.truth;
    if truth.id() == 0 {
        let msg = "The recording holds no book at this time.".to_owned();
        return Err(Refusal {
            status: 503,
            code: -1001,
            msg,
        });
    }
    let past;
    let (id, levels) = match spoiled {
        Some(Spoiled::Stale { ms }) => {
            past = truth.at_time(market_ns - i64::from(*ms) * 1_000_000);
            (past.id, &past.levels)
        }
        _ => (truth.id(), truth.levels()),
    };
    let mut body = format!(r#"{{"lastUpdateId":{id},"bids":"#).into_bytes();
    write_levels(&mut body, &side(levels, Side::Bid, limit, spoiled));
    body.extend_from_slice(br#","asks":"#);
    write_levels(&mut body, &side(levels, Side::Ask, limit, spoiled));
    body.push(b'}');
    Ok(body)
}

fn side(levels: &Levels, side: Side, limit: usize, spoiled: Option<&Spoiled>) -> Vec<Level> {
    let mut rows: Vec<Level> = levels.side(side).take(limit).collect();
    if spoiled == Some(&Spoiled::ZeroLevel)
        && let Some(worst) = rows.last_mut()
    {
        worst.1 = crate::decimal::Qty::ZERO;
    }
    rows
}

fn best(listing: &Listing) -> Value {
    let top = listing.truth.levels().top();
    let text = |level: Option<Level>| {
        let (price, qty) = level.map_or((0, 0), |(price, qty)| (price.e8(), qty.e8()));
        (text_e8(price), text_e8(qty))
    };
    let ((bid, bid_qty), (ask, ask_qty)) = (text(top.bid), text(top.ask));
    json!({"symbol": listing.spec.symbol, "bidPrice": bid, "bidQty": bid_qty, "askPrice": ask, "askQty": ask_qty})
}

fn klines(listing: &Listing, range: &KlineRange) -> Value {
    range
        .select(listing.candles.all(), |candle: &Candle| candle.open_ms)
        .into_iter()
        .map(bar)
        .collect()
}

fn bar(candle: &Candle) -> Value {
    json!([
        candle.open_ms,
        text_e8(candle.open.e8()),
        text_e8(candle.high.e8()),
        text_e8(candle.low.e8()),
        text_e8(candle.close.e8()),
        text_e8(candle.volume_e8),
        candle.close_ms(),
        text_e8(money_e8(candle.quote_volume_e16)),
        candle.trades,
        text_e8(candle.buy_volume_e8),
        text_e8(money_e8(candle.buy_quote_volume_e16)),
        "0",
    ])
}
