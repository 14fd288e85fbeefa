//! The cryptofeed capture of October 2021: four instruments over one connection, with the exchangeInfo of that day.

mod recorded;

use capture::Record;
use flate2::read::GzDecoder;
use recorded::{config, data, instrument, run};
use session::{Instrument, Request, Session};
use std::io::{BufRead, BufReader};

/// The cryptofeed capture of 2021 as records: `<seconds>: <json>` of the stream, `<url> -> <seconds>: <json>` over REST.
fn cryptofeed() -> Option<Vec<Record>> {
    let mut records = Vec::new();
    for name in [
        "l2/BINANCE_20211012.http.0.0.gz",
        "l2/BINANCE_20211012.ws.1.0.gz",
    ] {
        let file = std::fs::File::open(data(name)?).expect("it is there");
        for line in BufReader::new(GzDecoder::new(file)).lines() {
            let line = line.expect("text");
            let (head, json) = line.split_once(": ").unwrap_or(("", ""));
            let (url, seconds) = head.rsplit_once(" -> ").unwrap_or(("", head));
            let Ok(seconds) = seconds.parse::<f64>() else {
                continue;
            };
            let input = match url.split(['=', '&']).nth(1) {
                Some(symbol) => rest(symbol, json),
                None => capture::Input::Message {
                    connection: 1,
                    text: json.as_bytes().to_vec(),
                },
            };
            records.push(Record {
                recv_ns: (seconds * 1e9) as i64,
                input,
            });
        }
    }
    records.sort_by_key(|record| record.recv_ns);
    let input = capture::Input::Connected { connection: 1 };
    records.insert(
        0,
        Record {
            recv_ns: records[0].recv_ns,
            input,
        },
    );
    Some(records)
}

fn rest(symbol: &str, json: &str) -> capture::Input {
    capture::Input::Rest {
        endpoint: capture::Endpoint::Depth,
        symbol: symbol.to_string(),
        status: 200,
        retry_after_s: 0,
        used_weight: 0,
        body: json.as_bytes().to_vec(),
    }
}

/// The four instruments with the filters that exchangeInfo gave that day.
fn filters_of_2021() -> Option<Vec<Instrument>> {
    let file = std::fs::File::open(data("l2/BINANCE_20211012.0.gz")?).expect("it is there");
    let line = BufReader::new(GzDecoder::new(file))
        .lines()
        .next()
        .expect("a line")
        .expect("text");
    let (_, json) = line
        .split_once(" -> ")
        .and_then(|(_, rest)| rest.split_once(": "))
        .expect("url -> time: json");
    let info = venue::ExchangeInfo::parse(json.as_bytes()).expect("well formed");
    let symbols = ["NKNUSDT", "BLZETH", "LRCBTC", "RUNEEUR"];
    let listed = symbols.map(|symbol| info.symbol(symbol).expect("listed").clone());
    Some(
        listed
            .map(|one| instrument(&one.symbol, one.tick_e8, one.lot_e8))
            .to_vec(),
    )
}

#[test]
fn four_instruments_of_2021_follow_their_exchange() {
    let (Some(records), Some(instruments)) = (cryptofeed(), filters_of_2021()) else {
        return;
    };
    assert_eq!(instruments.len(), 4);
    let mut session = Session::new(config(instruments)).expect("sound");
    let mut snapshots_asked = 0;
    run(&mut session, &records, |out| {
        assert_eq!(out.problems(), []);
        snapshots_asked += out
            .requests()
            .iter()
            .filter(|request| matches!(request, Request::Fetch { .. }))
            .count();
    });
    let counted = [0, 1, 2, 3].map(|index| session.instrument(index).counted);
    let sum = |of: fn(&session::Counted) -> u64| counted.iter().map(of).sum::<u64>();
    assert_eq!(
        (
            sum(|row| row.book_ticker_checks),
            sum(|row| row.book_ticker_mismatches)
        ),
        (26, 0)
    );
    assert_eq!(
        (
            sum(|row| row.gaps),
            sum(|row| row.resyncs),
            sum(|row| row.malformed)
        ),
        (0, 0, 0)
    );
    assert!(snapshots_asked > 0);
}
