//! Records ↔ bytes: what is written is read, what is torn is cut, and arbitrary bytes are refused by name.

use std::io::Write;

use capture::recording::{DecodeFault, SegmentReader, SegmentWriter, decode, encode};
use capture::{Endpoint, Input, Published, Record};
use proptest::prelude::*;

fn endpoint() -> impl Strategy<Value = Endpoint> {
    prop_oneof![
        Just(Endpoint::Depth),
        Just(Endpoint::ExchangeInfo),
        Just(Endpoint::Klines),
        Just(Endpoint::BookTicker)
    ]
}

fn input() -> impl Strategy<Value = Input> {
    let bytes = || proptest::collection::vec(any::<u8>(), 0..300);
    prop_oneof![
        any::<u32>().prop_map(|connection| Input::Connected { connection }),
        (any::<u32>(), ".{0,40}")
            .prop_map(|(connection, reason)| Input::Disconnected { connection, reason }),
        (any::<u32>(), bytes()).prop_map(|(connection, text)| Input::Message { connection, text }),
        (
            endpoint(),
            "[A-Z0-9]{0,20}",
            any::<u16>(),
            any::<u32>(),
            any::<u32>(),
            bytes()
        )
            .prop_map(
                |(endpoint, symbol, status, retry_after_s, used_weight, body)| Input::Rest {
                    endpoint,
                    symbol,
                    status,
                    retry_after_s,
                    used_weight,
                    body
                }
            ),
        Just(Input::Tick),
        (
            any::<i64>(),
            proptest::collection::vec(any::<u32>(), 0..20),
            any::<[u8; 32]>()
        )
            .prop_map(|(last_seq, checksums, digest)| {
                Input::Published(Published {
                    last_seq,
                    checksums,
                    digest,
                })
            }),
        ".{0,20}".prop_map(|reason| Input::Ended { reason }),
    ]
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    proptest::collection::vec(
        (any::<i64>(), input()).prop_map(|(recv_ns, input)| Record { recv_ns, input }),
        0..40,
    )
}

fn segment(records: &[Record], flush_every: usize) -> Vec<u8> {
    let mut writer = SegmentWriter::new(Vec::new()).expect("a Vec takes all");
    for (at, record) in records.iter().enumerate() {
        writer.append(record).expect("a Vec takes all");
        if at % flush_every == 0 {
            writer.flush().expect("a Vec takes all");
        }
    }
    writer.finish().expect("a Vec takes all").0
}

fn read(bytes: &[u8]) -> (Vec<Record>, Result<(), DecodeFault>) {
    let mut reader = SegmentReader::new(bytes).expect("a decoder is made");
    let mut records = Vec::new();
    loop {
        match reader.next_record() {
            Ok(Some(record)) => records.push(record),
            Ok(None) => return (records, Ok(())),
            Err(fault) => return (records, Err(fault)),
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(records in records(), flush_every in 1usize..10) {
        prop_assert_eq!(read(&segment(&records, flush_every)), (records, Ok(())));
    }

    #[test]
    fn a_torn_segment_gives_a_prefix_of_what_was_written(records in records(), flush_every in 1usize..10, cut in 0.0f64..1.0) {
        let bytes = segment(&records, flush_every);
        let (kept, end) = read(&bytes[..(bytes.len() as f64 * cut) as usize]);
        prop_assert_eq!(&kept[..], &records[..kept.len()]);
        prop_assert!(end.is_err() || kept.len() == records.len());
    }

    /// Decoding either gives the record whose bytes these are, or a named fault, and never anything else.
    #[test]
    fn arbitrary_bytes_decode_or_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok((record, used)) = decode(&bytes) {
            let mut again = Vec::new();
            encode(&record, &mut again);
            prop_assert_eq!(&again[..], &bytes[..used]);
        }
        let _ = read(&bytes);
    }

    #[test]
    fn a_changed_payload_is_refused(record in (any::<i64>(), input()), at in any::<prop::sample::Index>(), change in 1u8..) {
        let mut bytes = Vec::new();
        encode(&Record { recv_ns: record.0, input: record.1 }, &mut bytes);
        let at = 4 + at.index(bytes.len() - 4);
        bytes[at] ^= change;
        prop_assert_eq!(decode(&bytes).map(|_| ()), Err(DecodeFault::Checksum));
    }
}

#[test]
fn what_was_flushed_survives_without_an_end() {
    let record = Record {
        recv_ns: 7,
        input: Input::Message {
            connection: 1,
            text: b"{}".to_vec(),
        },
    };
    let mut writer = SegmentWriter::new(Vec::new()).expect("a Vec takes all");
    let (bytes, _) = {
        writer.append(&record).expect("a Vec takes all");
        writer.flush().expect("a Vec takes all");
        let flushed = writer.bytes() as usize;
        let (bytes, end) = writer.finish().expect("a Vec takes all");
        (bytes[..flushed].to_vec(), end)
    };
    assert_eq!(read(&bytes), (vec![record], Err(DecodeFault::Truncated)));
}

#[test]
fn a_length_beyond_the_bound_is_refused_before_anything_is_allocated() {
    let mut bytes = u32::MAX.to_le_bytes().to_vec();
    bytes.write_all(&[0; 4]).expect("a Vec takes all");
    assert_eq!(decode(&bytes), Err(DecodeFault::TooLong));
}
