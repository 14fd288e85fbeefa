//! What the tests of whole files share: lines as the exchange sends them, and what a source gives or refuses.

#![allow(dead_code, reason = "every test binary uses a part of it")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use capture::{Record, Source, TableEntry};

pub const SECOND: i64 = 1_000_000_000;
pub const START: i64 = 1_700_000_000 * SECOND;

pub fn ticker(symbol: &str, price: &str) -> String {
    let stream = symbol.to_lowercase();
    format!(
        r#"{{"stream":"{stream}@bookTicker","data":{{"u":1,"s":"{symbol}","b":"{price}","B":"1.50","a":"{price}","A":"2"}}}}"#
    )
}

pub const SNAPSHOT: &str = r#"{"lastUpdateId":5,"bids":[["10.00","1"]],"asks":[["10.10","1"]]}"#;

pub fn write(directory: &Path, name: &str, lines: &[(i64, String)]) -> PathBuf {
    let path = directory.join(name);
    let mut text = String::new();
    for (after_ns, json) in lines {
        text.push_str(&format!("{} {json}\n\n", START + after_ns));
    }
    fs::write(&path, text).expect("the test's directory takes files");
    path
}

/// Symbol, tick, lot.
pub type Units = (&'static str, &'static str, &'static str);
/// A file, the symbols wanted of it, the table, and a part of the refusal.
pub type Refused<'a> = (&'a PathBuf, &'a [&'a str], &'a [Units], &'a str);

pub fn open(paths: &[PathBuf], wanted: &[&str], table: &[Units]) -> Result<Source, String> {
    let wanted: Vec<String> = wanted.iter().map(|symbol| (*symbol).to_owned()).collect();
    let entry = |(symbol, tick, lot): &Units| {
        let entry = TableEntry {
            base: "B".into(),
            quote: "Q".into(),
            tick: (*tick).into(),
            lot: (*lot).into(),
            qty_min: (*lot).into(),
            qty_max: "0".into(),
            notional_min: "5".into(),
        };
        ((*symbol).to_owned(), entry)
    };
    let table: BTreeMap<_, _> = table.iter().map(entry).collect();
    Source::open(paths, &wanted, &table).map_err(|error| error.to_string())
}

pub fn all(mut source: Source) -> Vec<Record> {
    let mut records = Vec::new();
    while let Some(record) = source.next_record().expect("the files were looked through") {
        records.push(record);
    }
    records
}

pub fn refusal(paths: &[PathBuf], wanted: &[&str], table: &[Units]) -> String {
    open(paths, wanted, table)
        .err()
        .expect("this must be refused")
}
