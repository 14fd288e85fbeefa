//! Records, segments and manifests of a recording.

use capture::recording::{
    DecodeFault, FORMAT, Index, IndexEntry, Manifest, SegmentEnd, SegmentReader, SegmentWriter,
    decode, encode,
};
use capture::{Endpoint, Input, Record};

/// A record as it stands, and the same bytes as the payload of a record whose length and checksum fit.
pub fn record(bytes: &[u8]) {
    read_record(bytes);
    // `encode` makes the header; its payload is then taken for ours.
    let carrier = Record {
        recv_ns: 0,
        input: Input::Message {
            connection: 0,
            text: bytes.to_vec(),
        },
    };
    let mut framed = Vec::new();
    encode(&carrier, &mut framed);
    read_record(&framed);
}

fn read_record(bytes: &[u8]) {
    match decode(bytes) {
        Ok((record, used)) => {
            let mut printed = Vec::new();
            encode(&record, &mut printed);
            assert_eq!(printed, bytes[..used], "what was read prints the same");
            for cut in [0, used / 2, used.saturating_sub(1)] {
                assert_eq!(decode(&bytes[..cut]), Err(DecodeFault::Truncated));
            }
        }
        Err(fault) => assert!(!fault.to_string().is_empty()),
    }
}

/// A segment's file as it stands, and the same bytes as the contents of a sound zstd stream.
pub fn segment(bytes: &[u8]) {
    read_segment(bytes);
    let contents = zstd::encode_all([b"qfrecd\x00\x01", bytes].concat().as_slice(), 1);
    read_segment(&contents.expect("memory takes a stream"));
}

/// Every record up to the end or the first fault; after a fault there is nothing but this fault.
fn read_segment(bytes: &[u8]) {
    let Ok(mut reader) = SegmentReader::new(bytes) else {
        return;
    };
    loop {
        match reader.next_record() {
            Ok(Some(_)) => {}
            Ok(None) => {
                assert_eq!(reader.next_record(), Ok(None));
                return;
            }
            Err(fault) => {
                assert_eq!(reader.next_record(), Err(fault));
                return;
            }
        }
    }
}

/// A manifest and an index.
pub fn manifest(bytes: &[u8]) {
    if let Ok(manifest) = Manifest::parse(bytes) {
        assert_eq!(Manifest::parse(&manifest.to_json()), Ok(manifest));
    }
    if let Ok(index) = Index::parse(bytes) {
        assert_eq!(Index::parse(&index.to_json()), Ok(index));
    }
}

fn samples() -> Vec<Record> {
    let inputs = [
        Input::Connected { connection: 1 },
        Input::Message {
            connection: 1,
            text: br#"{"result":null,"id":1}"#.to_vec(),
        },
        Input::Rest {
            endpoint: Endpoint::Depth,
            symbol: "BTCUSDT".to_owned(),
            status: 200,
            retry_after_s: 0,
            used_weight: 50,
            body: br#"{"lastUpdateId":1,"bids":[],"asks":[]}"#.to_vec(),
        },
        Input::Tick,
        Input::Disconnected {
            connection: 1,
            reason: "closed".to_owned(),
        },
    ];
    (1_i64..)
        .zip(inputs)
        .map(|(recv_ns, input)| Record { recv_ns, input })
        .collect()
}

/// One of each kind.
pub fn records() -> Vec<Vec<u8>> {
    let print = |record: &Record| {
        let mut out = Vec::new();
        encode(record, &mut out);
        out
    };
    samples().iter().map(print).collect()
}

/// A segment of all of them; their bytes alone.
pub fn segments() -> Vec<Vec<u8>> {
    let mut writer = SegmentWriter::new(Vec::new()).expect("memory takes a segment");
    for record in samples() {
        writer.append(&record).expect("memory takes a record");
    }
    let (file, _) = writer.finish().expect("memory takes the end");
    vec![file, records().concat()]
}

/// A manifest and an index.
pub fn manifests() -> Vec<Vec<u8>> {
    let manifest = Manifest {
        format: FORMAT,
        build: "test".to_owned(),
        session: "s-1".to_owned(),
        venue: "sim".to_owned(),
        simulated: true,
        rest_answers: true,
        started_ns: 1,
        instruments: Vec::new(),
        settings: None,
    };
    let index = Index {
        segments: vec![IndexEntry::new(1, SegmentEnd::default(), None)],
    };
    vec![manifest.to_json(), index.to_json()]
}
