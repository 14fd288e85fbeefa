//! The prices that a generated market was left at, as a file: with a sum, so that a flipped bit is no other price.

use flate2::Crc;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// By symbol, as decimal text.
pub type Prices = BTreeMap<String, String>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Remembered {
    prices: Prices,
    /// Of the prices' JSON.
    crc32: u32,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Summed(Remembered),
    /// As it was written before there was a sum.
    Bare(Prices),
}

/// The prices in a file's content; an error says what to do.
pub fn parse(json: &[u8]) -> Result<Prices, String> {
    let remedy = "it is damaged: put it back from a backup, or delete it and the market opens at its configured prices";
    match serde_json::from_slice(json) {
        Ok(Content::Summed(told)) if sum(&told.prices) == told.crc32 => Ok(told.prices),
        Ok(Content::Bare(prices)) => Ok(prices),
        Ok(Content::Summed(_)) => Err(format!("its sum is another one; {remedy}")),
        Err(_) => Err(format!("it holds no prices; {remedy}")),
    }
}

/// The content of a file.
pub fn text(prices: Prices) -> String {
    let crc32 = sum(&prices);
    serde_json::to_string(&Remembered { prices, crc32 }).expect("maps of text are JSON")
}

/// Written beside, flushed to disk and renamed: a reader sees one or the other, after a power cut too.
pub fn replace(path: &Path, prices: Prices) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(text(prices).as_bytes())?;
    file.sync_data()?;
    fs::rename(beside, path)
}

fn sum(prices: &Prices) -> u32 {
    let mut crc = Crc::new();
    crc.update(&serde_json::to_vec(prices).expect("maps of text are JSON"));
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prices() -> Prices {
        Prices::from([("BTCUSDT".to_owned(), "61234.56".to_owned())])
    }

    #[test]
    fn no_flipped_bit_and_no_cut_is_another_price() {
        let whole = text(prices()).into_bytes();
        assert_eq!(parse(&whole), Ok(prices()));
        for place in 0..whole.len() {
            for bit in 0..8 {
                let mut flipped = whole.clone();
                flipped[place] ^= 1 << bit;
                assert!(parse(&flipped).is_err(), "byte {place}, bit {bit}");
            }
            assert!(parse(&whole[..place]).is_err(), "cut at {place}");
        }
    }

    #[test]
    fn a_file_of_before_there_was_a_sum_is_read() {
        assert_eq!(parse(br#"{"BTCUSDT":"61234.56"}"#), Ok(prices()));
    }
}
