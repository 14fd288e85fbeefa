//! REST requests: what is asked, what it weighs, and what the venue says of a request that makes no sense.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most levels of a side in one answer.
pub const DEPTH_LIMIT_MAX: usize = 5_000;
const DEPTH_LIMIT: usize = 100;
/// Most bars in one answer.
pub const KLINES_LIMIT_MAX: usize = 1_000;
const KLINES_LIMIT: usize = 500;

/// A REST resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// `/api/v3/ping`
    Ping,
    /// `/api/v3/time`
    Time,
    /// `/api/v3/exchangeInfo`
    ExchangeInfo,
    /// `/api/v3/depth`
    Depth,
    /// `/api/v3/klines`
    Klines,
    /// `/api/v3/ticker/bookTicker`
    BookTicker,
}

impl Endpoint {
    /// The resource behind a path.
    pub fn of_path(path: &str) -> Option<Self> {
        match path.strip_prefix("/api/v3/")? {
            "ping" => Some(Self::Ping),
            "time" => Some(Self::Time),
            "exchangeInfo" => Some(Self::ExchangeInfo),
            "depth" => Some(Self::Depth),
            "klines" => Some(Self::Klines),
            "ticker/bookTicker" => Some(Self::BookTicker),
            _ => None,
        }
    }
}

/// A request that makes sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Is anybody there?
    Ping,
    /// The exchange's time.
    Time,
    /// Names and filters; `None`: of all symbols.
    ExchangeInfo(Option<Vec<String>>),
    /// The book.
    Depth {
        /// Which symbol.
        symbol: String,
        /// Levels of a side.
        limit: usize,
        /// Only if the symbol has this status.
        status: Option<String>,
    },
    /// Bars of a minute.
    Klines {
        /// Which symbol.
        symbol: String,
        /// Which of them.
        range: KlineRange,
    },
    /// The best levels; `None`: of all symbols.
    BookTicker(Option<Vec<String>>),
}

/// Which bars are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KlineRange {
    /// First open time.
    pub start_ms: Option<i64>,
    /// Last open time.
    pub end_ms: Option<i64>,
    /// How many at most.
    pub limit: usize,
}

/// A refusal as the venue writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The venue's code.
    pub code: i32,
    /// The venue's words.
    pub msg: String,
}

impl Refusal {
    /// An HTTP 400 with a code.
    pub fn bad_request(code: i32, msg: impl Into<String>) -> Self {
        Self {
            status: 400,
            code,
            msg: msg.into(),
        }
    }

    /// A symbol that is not listed.
    pub fn invalid_symbol() -> Self {
        Self::bad_request(-1121, "Invalid symbol.")
    }

    /// The body.
    pub fn body(&self) -> String {
        serde_json::json!({"code": self.code, "msg": self.msg}).to_string()
    }
}

impl Request {
    /// Reads the query of a resource.
    pub fn parse(endpoint: Endpoint, query: &str) -> Result<Self, Refusal> {
        let mut parameters = Parameters::read(query)?;
        let request = match endpoint {
            Endpoint::Ping => Self::Ping,
            Endpoint::Time => Self::Time,
            Endpoint::ExchangeInfo => Self::ExchangeInfo(parameters.symbols()?),
            Endpoint::BookTicker => Self::BookTicker(parameters.symbols()?),
            Endpoint::Depth => Self::Depth {
                symbol: parameters.needed("symbol")?,
                limit: parameters.limit(DEPTH_LIMIT, DEPTH_LIMIT_MAX)?,
                status: parameters.take("symbolStatus"),
            },
            Endpoint::Klines => {
                let symbol = parameters.needed("symbol")?;
                if parameters.needed("interval")? != "1m" {
                    return Err(Refusal::bad_request(-1120, "Invalid interval."));
                }
                let range = KlineRange {
                    start_ms: parameters.number("startTime")?,
                    end_ms: parameters.number("endTime")?,
                    limit: parameters.limit(KLINES_LIMIT, KLINES_LIMIT_MAX)?,
                };
                Self::Klines { symbol, range }
            }
        };
        parameters.nothing_left()?;
        Ok(request)
    }

    /// What it weighs.
    pub fn weight(&self) -> u32 {
        match self {
            Self::Ping | Self::Time => 1,
            Self::ExchangeInfo(_) => 20,
            Self::Depth { limit, .. } => match limit {
                0..=100 => 5,
                101..=500 => 25,
                501..=1_000 => 50,
                _ => 250,
            },
            Self::Klines { .. } => 2,
            Self::BookTicker(symbols) => {
                if symbols.as_ref().is_some_and(|symbols| symbols.len() == 1) {
                    2
                } else {
                    4
                }
            }
        }
    }
}

impl KlineRange {
    /// The asked ones of these open times, which go up: with a start the oldest from there, else the newest.
    pub fn select<T: Copy>(
        &self,
        rows: impl DoubleEndedIterator<Item = T>,
        open_ms: impl Fn(T) -> i64,
    ) -> Vec<T> {
        let inside = rows.filter(|row| {
            let time = open_ms(*row);
            self.start_ms.is_none_or(|start| time >= start)
                && self.end_ms.is_none_or(|end| time <= end)
        });
        if self.start_ms.is_some() {
            return inside.take(self.limit).collect();
        }
        let mut newest: Vec<T> = inside.rev().take(self.limit).collect();
        newest.reverse();
        newest
    }
}

struct Parameters {
    values: BTreeMap<String, String>,
    sent: usize,
}

impl Parameters {
    fn read(query: &str) -> Result<Self, Refusal> {
        let mut values = BTreeMap::new();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            if values.insert(key.to_string(), value.to_string()).is_some() {
                return Err(Refusal::bad_request(
                    -1101,
                    format!("Duplicate values for a parameter '{key}' detected."),
                ));
            }
        }
        Ok(Self {
            sent: values.len(),
            values,
        })
    }

    fn take(&mut self, key: &str) -> Option<String> {
        self.values.remove(key)
    }

    fn needed(&mut self, key: &str) -> Result<String, Refusal> {
        let missing = "was not sent, was empty/null, or malformed.";
        self.take(key)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| {
                Refusal::bad_request(-1102, format!("Mandatory parameter '{key}' {missing}"))
            })
    }

    fn number(&mut self, key: &str) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.take(key) else {
            return Ok(None);
        };
        let number = text.parse::<i64>().ok().filter(|number| *number >= 0);
        let illegal = || {
            let msg = format!(
                "Illegal characters found in parameter '{key}'; legal range is '^[0-9]{{1,20}}$'."
            );
            Refusal::bad_request(-1100, msg)
        };
        number.map(Some).ok_or_else(illegal)
    }

    /// A larger limit than the largest is the largest.
    fn limit(&mut self, default: usize, most: usize) -> Result<usize, Refusal> {
        match self.number("limit")? {
            None => Ok(default),
            Some(0) => Err(Refusal::bad_request(
                -1130,
                "Data sent for parameter 'limit' is not valid.",
            )),
            Some(limit) => Ok(usize::try_from(limit).unwrap_or(most).min(most)),
        }
    }

    fn symbols(&mut self) -> Result<Option<Vec<String>>, Refusal> {
        let (one, many) = (self.take("symbol"), self.take("symbols"));
        match (one, many) {
            (Some(_), Some(_)) => Err(Refusal::bad_request(
                -1128,
                "Combination of optional parameters invalid.",
            )),
            (Some(symbol), None) => Ok(Some(vec![symbol])),
            (None, Some(list)) => serde_json::from_str(&list).map(Some).map_err(|_| {
                Refusal::bad_request(
                    -1100,
                    "Illegal characters found in parameter 'symbols'; a JSON array of strings.",
                )
            }),
            (None, None) => Ok(None),
        }
    }

    fn nothing_left(&self) -> Result<(), Refusal> {
        if self.values.is_empty() {
            return Ok(());
        }
        let read = self.sent - self.values.len();
        let msg = format!(
            "Not all sent parameters were read; read '{read}' parameter(s) but was sent '{}'.",
            self.sent
        );
        Err(Refusal::bad_request(-1104, msg))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_as_the_venue_reads_them() {
        let depth = |query| Request::parse(Endpoint::Depth, query);
        let of = |limit| {
            Ok(Request::Depth {
                symbol: "BTCUSDT".to_owned(),
                limit,
                status: None,
            })
        };
        assert_eq!(depth("symbol=BTCUSDT"), of(100));
        assert_eq!(depth("symbol=BTCUSDT&limit=9999999"), of(5_000));
        let codes = [
            (Endpoint::Depth, "", -1102),
            (Endpoint::Depth, "symbol=A&limit=0", -1130),
            (Endpoint::Depth, "symbol=A&limit=x", -1100),
            (Endpoint::Depth, "symbol=A&symbol=B", -1101),
            (Endpoint::Depth, "symbol=A&colour=red", -1104),
            (Endpoint::Klines, "symbol=A&interval=1M", -1120),
            (Endpoint::ExchangeInfo, "symbols=A", -1100),
            (Endpoint::ExchangeInfo, "symbol=A&symbols=%5B%5D", -1128),
        ];
        for (endpoint, query, code) in codes {
            assert_eq!(
                Request::parse(endpoint, query).map_err(|refusal| refusal.code),
                Err(code),
                "{query}"
            );
        }
        let both = Request::parse(Endpoint::ExchangeInfo, "symbols=%5B%22A%22%2C%22B%22%5D");
        assert_eq!(
            both,
            Ok(Request::ExchangeInfo(Some(vec![
                "A".to_owned(),
                "B".to_owned()
            ])))
        );
    }

    #[test]
    fn a_start_means_the_oldest_from_there_and_none_the_newest() {
        let select = |start_ms, end_ms, limit| {
            KlineRange {
                start_ms,
                end_ms,
                limit,
            }
            .select([10, 20, 30, 40].into_iter(), |time| time)
        };
        assert_eq!(select(None, None, 2), [30, 40]);
        assert_eq!(select(Some(15), None, 2), [20, 30]);
        assert_eq!(select(None, Some(30), 2), [20, 30]);
        assert_eq!(select(Some(20), Some(30), 9), [20, 30]);
        assert!(select(Some(41), None, 9).is_empty());
    }

    #[test]
    fn weights_are_those_of_the_limits_table() {
        for (limit, weight) in [
            (100, 5),
            (101, 25),
            (500, 25),
            (501, 50),
            (1_000, 50),
            (1_001, 250),
        ] {
            let request = Request::Depth {
                symbol: String::new(),
                limit,
                status: None,
            };
            assert_eq!(request.weight(), weight);
        }
    }
}
