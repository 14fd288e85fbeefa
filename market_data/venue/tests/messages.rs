//! Messages of the stream and answers over REST: what is read, what is passed over, what is refused and by which name.

use proptest::prelude::*;
use venue::{
    Level, Malformed, Message, Ticker, Update, parse_book_ticker, parse_depth, parse_klines,
    parse_message,
};

const DEPTH: &str = r#"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":50093239189,"u":50093239202,"b":[["61737.63000000","0.00000000"],["61730.17000000","1.50000000"]],"a":[["61837.64000000","1.54698000"]]}}"#;
const TRADE: &str = r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}"#;
const TICKER: &str = r#"{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}"#;
const KLINE: &str = r#"{"stream":"bnbbtc@kline_1m","data":{"e":"kline","E":1672515782136,"s":"BNBBTC","k":{"t":1672515780000,"T":1672515839999,"s":"BNBBTC","i":"1m","f":100,"L":200,"o":"0.0010","c":"0.0020","h":"0.0025","l":"0.0010","v":"1000","n":100,"x":false,"q":"1.0000","V":"500","Q":"0.500","B":"123456"}}}"#;

/// The message, or the name of what is wrong with it.
fn read(text: &str) -> Result<Message<'_>, &'static str> {
    parse_message(text.as_bytes(), &mut Update::default()).map_err(Malformed::name)
}

#[test]
fn a_depth_update_is_read_in_full() {
    let mut update = Update::default();
    let message = parse_message(DEPTH.as_bytes(), &mut update).expect("well formed");
    let expected = Message::Depth {
        symbol: b"BTCUSDT",
        first_id: 50_093_239_189,
        last_id: 50_093_239_202,
        event_ns: 1_723_161_255_208_000_000,
    };
    assert_eq!(message, expected);
    let level = |price, qty| Level { price, qty };
    assert_eq!(
        update.bids,
        [
            level(6_173_763_000_000, 0),
            level(6_173_017_000_000, 150_000_000)
        ]
    );
    assert_eq!(update.asks, [level(6_183_764_000_000, 154_698_000)]);
}

#[test]
fn fields_come_in_any_order_with_any_space_and_company() {
    let text = r#" { "data" : { "a" : [ [ "2.5" , "1" ] ] , "new" : {"x":[1,{"y":null}]}, "b" : [ ], "u" : 9 ,
        "U" : 8 , "s" : "AB" , "E" : 1723161255208123 , "e" : "depthUpdate" } , "stream" : "ab@depth" } "#;
    let mut update = Update::default();
    let message = parse_message(text.as_bytes(), &mut update).expect("well formed");
    let expected = Message::Depth {
        symbol: b"AB",
        first_id: 8,
        last_id: 9,
        event_ns: 1_723_161_255_208_123_000,
    };
    assert_eq!(
        message, expected,
        "microseconds are told by their magnitude"
    );
    assert_eq!(
        update.asks,
        [Level {
            price: 250_000_000,
            qty: 100_000_000
        }]
    );
}

#[test]
fn the_wrapper_may_be_absent() {
    let start = DEPTH.find(r#"{"e""#).expect("there");
    assert_eq!(read(&DEPTH[start..DEPTH.len() - 1]), read(DEPTH));
}

#[test]
fn a_trade_a_ticker_and_a_kline_are_read() {
    let trade = Message::Trade {
        symbol: b"BTCUSDT",
        trade_id: 3_735_683_259,
        price_e8: 6_183_763_000_000,
        qty_e8: 2_000_000,
        event_ns: 1_723_161_255_342_000_000,
        buyer_is_maker: true,
    };
    assert_eq!(read(TRADE), Ok(trade));
    let ticker = Ticker {
        last_id: 50_093_239_212,
        bid: 6_183_763_000_000,
        bid_qty: 378_826_000,
        ask: 6_183_764_000_000,
        ask_qty: 154_698_000,
    };
    assert_eq!(
        read(TICKER),
        Ok(Message::Ticker {
            symbol: b"BTCUSDT",
            ticker
        })
    );
    let Ok(Message::Kline {
        symbol: b"BNBBTC",
        kline,
    }) = read(KLINE)
    else {
        panic!("a kline")
    };
    assert_eq!(kline.open_ns, 1_672_515_780_000_000_000);
    assert_eq!(
        (kline.open, kline.high, kline.low, kline.close),
        (100_000, 250_000, 100_000, 200_000)
    );
    assert_eq!(
        (kline.volume, kline.buy_volume, kline.trades, kline.closed),
        (100_000_000_000, 50_000_000_000, 100, false)
    );
}

#[test]
fn what_is_not_used_is_passed_over() {
    let rows = [
        (
            r#"{"e":"serverShutdown","E":1770123456789}"#,
            Message::ServerShutdown,
        ),
        (
            r#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}"#,
            Message::ServerShutdown,
        ),
        (
            r#"{"result":null,"id":1}"#,
            Message::Answer { error: false },
        ),
        (
            r#"{"code":2,"msg":"Invalid request","id":4}"#,
            Message::Answer { error: true },
        ),
        (
            r#"{"e":"aggTrade","E":1,"s":"BNBBTC","a":12345,"p":"0.001","q":"100","f":100,"l":105,"T":1,"m":true}"#,
            Message::Unknown,
        ),
        (
            r#"{"e":"24hrTicker","s":"BNBBTC","p":"-0.0015","P":"250.00","b":"0.0024","B":"10","a":"x","A":"1"}"#,
            Message::Unknown,
        ),
        (
            r#"{"e":"referencePrice","s":"BAZUSD","r":null,"t":1770313263917}"#,
            Message::Unknown,
        ),
        (
            r#"{"stream":"bnbbtc@depth5","data":{"lastUpdateId":160,"bids":[["0.0024","10"]],"asks":[]}}"#,
            Message::Unknown,
        ),
        ("{}", Message::Unknown),
    ];
    for (text, message) in rows {
        assert_eq!(read(text), Ok(message), "{text}");
    }
    let five_minutes = KLINE.replace(r#""i":"1m""#, r#""i":"5m""#);
    assert_eq!(read(&five_minutes), Ok(Message::Unknown));
    let order_ids = TRADE.replace(r#""p":"#, r#""b":88,"a":50,"p":"#);
    assert_eq!(
        read(&order_ids),
        read(TRADE),
        "trades carried order ids until 2024-06-18"
    );
}

#[test]
fn every_bad_message_has_a_name() {
    let deep = format!(r#"{{"x":{}1{}}}"#, "[".repeat(40), "]".repeat(40));
    let many = format!(r#""b":[{}["1","1"]],"#, r#"["1","1"],"#.repeat(20_000));
    let rows: Vec<(String, &str)> = vec![
        (String::new(), "truncated"),
        ("<html>".into(), "not_json"),
        ("[1]".into(), "not_json"),
        (DEPTH[..90].into(), "truncated"),
        (format!("{DEPTH}x"), "not_json"),
        (deep, "too_deep"),
        (DEPTH.replace(r#""U":50093239189,"#, ""), "missing_field"),
        (DEPTH.replace(r#""U":"#, r#""V":"#), "missing_field"),
        (DEPTH.replace(r#""a":["#, r#""aa":["#), "missing_field"),
        (DEPTH.replace(r#""s":"BTCUSDT","#, ""), "missing_field"),
        (
            DEPTH.replace(r#""E":1723161255208"#, r#""E":"soon""#),
            "bad_number",
        ),
        (
            DEPTH.replace(r#""E":1723161255208"#, r#""E":99999999999999999"#),
            "bad_time",
        ),
        (
            DEPTH.replace(r#""u":50093239202"#, r#""u":50093239188"#),
            "bad_ids",
        ),
        (DEPTH.replace(r#""U":50093239189"#, r#""U":0"#), "bad_ids"),
        (
            DEPTH.replace(r#""U":50093239189"#, r#""U":-1"#),
            "bad_number",
        ),
        (
            DEPTH.replace(r#""U":50093239189"#, r#""U":99999999999999999999"#),
            "too_large",
        ),
        (
            DEPTH.replace("61730.17000000", "6173O.17000000"),
            "bad_number",
        ),
        (DEPTH.replace("1.50000000", "-1.50000000"), "bad_number"),
        (DEPTH.replace("1.50000000", "1.500000001"), "bad_number"),
        (
            DEPTH.replace("1.50000000", "92233720368.54775808"),
            "too_large",
        ),
        (
            DEPTH.replace(
                r#"["61730.17000000","1.50000000"]"#,
                r#"["61730.17000000"]"#,
            ),
            "wrong_type",
        ),
        (
            DEPTH.replace(r#""b":["#, &format!("{}\"bb\":[", many)),
            "too_many_levels",
        ),
        (
            DEPTH.replace(r#""u":"#, r#""pu":1,"u":"#),
            "futures_message",
        ),
        (
            TRADE.replace(r#""q":"0.02000000""#, r#""q":"0.00000000""#),
            "zero",
        ),
        (TRADE.replace(r#""m":true"#, r#""m":1"#), "wrong_type"),
        (TRADE.replace(r#""t":3735683259,"#, ""), "missing_field"),
        (TICKER.replace(r#""b":"#, r#""c":"#), "missing_field"),
        (
            TICKER.replace(r#""A":"1.54698000""#, r#""A":1.5"#),
            "wrong_type",
        ),
        (
            KLINE.replace(r#""h":"0.0025""#, r#""h":"0.0015""#),
            "bad_kline",
        ),
        (
            KLINE.replace(r#""t":1672515780000"#, r#""t":1672515780001"#),
            "bad_kline",
        ),
        (KLINE.replace(r#""V":"500""#, r#""V":"1001""#), "bad_kline"),
        (KLINE.replace(r#""k":"#, r#""K":"#), "missing_field"),
    ];
    for (text, name) in &rows {
        assert_eq!(read(text), Err(*name), "{}", &text[..text.len().min(200)]);
    }
}

#[test]
fn a_snapshot_is_read_and_its_order_is_not_assumed() {
    let body = r#"{"lastUpdateId":1027024,"bids":[["4.00000000","431.00000000",[]],["3.9","1"]],"asks":[["4.00000200","12.00000000"]]}"#;
    let mut update = Update::default();
    assert_eq!(parse_depth(body.as_bytes(), &mut update), Ok(1_027_024));
    assert_eq!(update.bids.len(), 2);
    let rows = [
        (body.replace("3.9", "4.1"), "unsorted"),
        (body.replace("3.9", "4.0"), "unsorted"),
        (body.replace("1027024", "0"), "bad_ids"),
        (body.replace("bids", "Bids"), "missing_field"),
        (body[..60].to_string(), "truncated"),
        (String::new(), "truncated"),
        ("<html>502</html>".into(), "not_json"),
    ];
    for (body, name) in rows {
        assert_eq!(
            parse_depth(body.as_bytes(), &mut update).map_err(Malformed::name),
            Err(name),
            "{body}"
        );
    }
}

#[test]
fn klines_and_a_ticker_over_rest_are_read() {
    let row = r#"[1499040000000,"0.01634790","0.80000000","0.01575800","0.01577100","148976.11427815",1499040059999,"2434.19055334",308,"1756.87402397","28.46694368","17928899.62484339"]"#;
    let klines = parse_klines(format!("[{row}]").as_bytes()).expect("well formed");
    assert_eq!(klines[0].open_ns, 1_499_040_000_000_000_000);
    assert_eq!(
        (klines[0].volume, klines[0].trades, klines[0].buy_volume),
        (14_897_611_427_815, 308, 175_687_402_397)
    );
    let twice = parse_klines(format!("[{row},{row}]").as_bytes());
    assert_eq!(
        twice.map_err(Malformed::name),
        Err("bad_kline"),
        "rows must ascend"
    );
    assert_eq!(
        parse_klines(b"[[1,2]]").map_err(Malformed::name),
        Err("not_json")
    );
    let ticker =
        br#"{"symbol":"LTCBTC","bidPrice":"4.0","bidQty":"431.0","askPrice":"4.2","askQty":"9.0"}"#;
    assert_eq!(
        parse_book_ticker(ticker).map(|ticker| ticker.ask),
        Ok(420_000_000)
    );
}

proptest! {
    /// Any bytes give a message or a named error, whole or cut anywhere; nothing panics.
    #[test]
    fn damaged_messages_never_panic(which in 0..4_usize, cut in 0..400_usize, at in 0..400_usize, byte: u8) {
        let mut text = [DEPTH, TRADE, TICKER, KLINE][which].as_bytes().to_vec();
        let length = text.len();
        text[at % length] = byte;
        let mut update = Update::default();
        let _ = parse_message(&text, &mut update);
        let _ = parse_message(&text[..cut.min(length)], &mut update);
        let _ = parse_depth(&text, &mut update);
        let _ = parse_klines(&text);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_message(&bytes, &mut Update::default());
    }

    #[test]
    fn a_message_cut_anywhere_is_refused(which in 0..4_usize, cut in 0..1000_usize) {
        let text = [DEPTH, TRADE, TICKER, KLINE][which];
        let cut = cut % text.len();
        prop_assert!(matches!(read(&text[..cut]), Err("truncated" | "not_json" | "wrong_type" | "bad_number")));
    }
}
