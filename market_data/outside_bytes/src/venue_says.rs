//! Messages of the stream, answers over REST, and the decimals in both.

use capture::decimal::ShortDecimal;
use venue::{ExchangeInfo, Message, Unit, Update};

use crate::texts;

/// One message of the stream, and what the feed makes of it.
pub fn message(bytes: &[u8]) {
    let mut update = Update::default();
    let read = venue::parse_message(bytes, &mut update);
    let mut again = update.clone();
    assert_eq!(read, venue::parse_message(bytes, &mut again));
    let Ok(message) = read else {
        return;
    };
    assert_eq!(update, again, "a used update gives the same levels");
    assert!(update.len() * 4 <= bytes.len(), "no level without its text");
    let (tick, lot) = units();
    match message {
        Message::Depth { .. } => {
            let _ = update.to_units(tick, lot);
        }
        Message::Ticker { ticker, .. } => {
            let _ = ticker.to_units(tick, lot);
        }
        Message::Kline { kline, .. } => {
            let _ = kline.to_units(tick, lot);
        }
        Message::Trade {
            price_e8, qty_e8, ..
        } => {
            assert!(price_e8 >= 0 && qty_e8 >= 0);
            let _ = venue::ticks(tick, price_e8);
            assert!(venue::lots(lot, qty_e8) >= 0);
        }
        Message::ServerShutdown | Message::Answer { .. } | Message::Unknown => {}
    }
    if let Some((stream, data)) = venue::stream_of(bytes) {
        assert!(stream.len() + data.len() <= bytes.len());
    }
}

/// One body over REST, as each resource.
pub fn rest(bytes: &[u8]) {
    let mut update = Update::default();
    let (tick, lot) = units();
    if venue::parse_depth(bytes, &mut update).is_ok() {
        let _ = update.to_units(tick, lot);
    }
    if let Ok(rows) = venue::parse_klines(bytes) {
        assert!(rows.len() <= venue::KLINES_ROWS_MAX);
        for row in rows {
            let _ = row.to_units(tick, lot);
        }
    }
    if let Ok(ticker) = venue::parse_book_ticker(bytes) {
        let _ = ticker.to_units(tick, lot);
    }
    drop(venue::parse_venue_error(bytes));
    if let Ok(info) = ExchangeInfo::parse(bytes) {
        let _ = info.symbol("BTCUSDT");
    }
}

/// A decimal text: the three readers of decimals agree wherever they accept, and a value printed reads the same.
pub fn decimal(bytes: &[u8]) {
    let hot = venue::parse_e8(bytes);
    if let Ok(value) = hot {
        assert!(value >= 0);
        let printed = ShortDecimal(value).to_string();
        assert_eq!(venue::parse_e8(printed.as_bytes()), Ok(value), "{printed}");
        assert_eq!(capture::decimal::parse_e8(&printed), Ok(value), "{printed}");
        let padded = exchange_sim::decimal::text_e8(value);
        assert_eq!(venue::parse_e8(padded.as_bytes()), Ok(value), "{padded}");
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        assert!(hot.is_err(), "a decimal is ASCII");
        return;
    };
    let recorded = capture::decimal::parse_e8(text);
    let simulated = exchange_sim::decimal::parse_e8(text);
    if let (Ok(one), Ok(other)) = (&hot, &recorded) {
        assert_eq!(one, other, "{text:?}");
    }
    if let (Ok(one), Ok(other)) = (&hot, &simulated) {
        assert_eq!(one, other, "{text:?}");
    }
}

fn units() -> (Unit, Unit) {
    let unit = |e8| Unit::new(e8).expect("a unit is greater than 0");
    (unit(1_000_000), unit(1_000))
}

/// Messages as the venue sends them.
pub fn messages() -> Vec<Vec<u8>> {
    texts(&[
        r#"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":50093239189,"u":50093239202,"b":[["61737.63000000","0.00000000"],["61730.17000000","1.50000000"]],"a":[["61837.64000000","1.54698000"]]}}"#,
        r#"{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":1,"u":2,"b":[],"a":[["1","2"],["3.5","0"]]}"#,
        r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}"#,
        r#"{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}"#,
        r#"{"stream":"bnbbtc@kline_1m","data":{"e":"kline","E":1672515782136,"s":"BNBBTC","k":{"t":1672515780000,"T":1672515839999,"s":"BNBBTC","i":"1m","f":100,"L":200,"o":"0.0010","c":"0.0020","h":"0.0025","l":"0.0010","v":"1000","n":100,"x":false,"q":"1.0000","V":"500","Q":"0.500","B":"123456"}}}"#,
        r#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1723161255208}}"#,
        r#"{"result":null,"id":1}"#,
        r#"{"error":{"code":2,"msg":"Invalid request"},"id":9}"#,
        r#"{"e":"aggTrade","nested":{"a":[1,-2.5e-7,true,null,"\u00e9\\"]}}"#,
    ])
}

/// Bodies as the venue answers them.
pub fn bodies() -> Vec<Vec<u8>> {
    texts(&[
        r#"{"lastUpdateId":50093239190,"bids":[["61837.63000000","3.78826000"],["61837.00","0"]],"asks":[["61837.64000000","1.54698000"]]}"#,
        r#"[[1672515780000,"0.0010","0.0025","0.0010","0.0020","1000",1672515839999,"1.0000",100,"500","0.500","0"]]"#,
        r#"{"symbol":"BTCUSDT","bidPrice":"4.00000000","bidQty":"431.00000000","askPrice":"4.00000200","askQty":"9.00000000"}"#,
        r#"{"code":-1121,"msg":"Invalid symbol."}"#,
        r#"{"timezone":"UTC","serverTime":1,"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000}],"symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","filters":[{"filterType":"PRICE_FILTER","minPrice":"0.01","maxPrice":"1000000","tickSize":"0.01"},{"filterType":"LOT_SIZE","minQty":"0.00001","maxQty":"9000","stepSize":"0.00001"},{"filterType":"NOTIONAL","minNotional":"5"}]}]}"#,
        "<html><body>502 Bad Gateway</body></html>",
    ])
}

/// Decimals at the edges.
pub fn decimals() -> Vec<Vec<u8>> {
    texts(&[
        "61837.63000000",
        "0.00000001",
        "92233720368.54775807",
        "92233720368.54775808",
        "0",
        "1.000000000000",
        ".5",
        "5.",
        "-1",
        "1e5",
        "00012.3400",
    ])
}
