//! Whole files through `Source`: text captures as people give them, and recordings as they are found on disk.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use capture::recording::{
    FORMAT, INDEX_FILE, Index, IndexEntry, MANIFEST_FILE, Manifest, SegmentWriter, segment_file,
};
use capture::{Endpoint, FiltersFrom, Input, Record, Source, TableEntry};

const SECOND: i64 = 1_000_000_000;
const START: i64 = 1_700_000_000 * SECOND;

fn ticker(symbol: &str, price: &str) -> String {
    let stream = symbol.to_lowercase();
    format!(
        r#"{{"stream":"{stream}@bookTicker","data":{{"u":1,"s":"{symbol}","b":"{price}","B":"1.50","a":"{price}","A":"2"}}}}"#
    )
}

const SNAPSHOT: &str = r#"{"lastUpdateId":5,"bids":[["10.00","1"]],"asks":[["10.10","1"]]}"#;

fn write(directory: &Path, name: &str, lines: &[(i64, String)]) -> PathBuf {
    let path = directory.join(name);
    let mut text = String::new();
    for (after_ns, json) in lines {
        text.push_str(&format!("{} {json}\n\n", START + after_ns));
    }
    fs::write(&path, text).expect("the test's directory takes files");
    path
}

/// Symbol, tick, lot.
type Units = (&'static str, &'static str, &'static str);
/// A file, the symbols wanted of it, the table, and a part of the refusal.
type Refused<'a> = (&'a PathBuf, &'a [&'a str], &'a [Units], &'a str);

fn open(paths: &[PathBuf], wanted: &[&str], table: &[Units]) -> Result<Source, String> {
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

fn all(mut source: Source) -> Vec<Record> {
    let mut records = Vec::new();
    while let Some(record) = source.next_record().expect("the files were looked through") {
        records.push(record);
    }
    records
}

fn refusal(paths: &[PathBuf], wanted: &[&str], table: &[Units]) -> String {
    open(paths, wanted, table)
        .err()
        .expect("this must be refused")
}

#[test]
fn two_symbols_merge_and_a_snapshot_belongs_to_its_files_symbol() {
    let dir = tempfile::tempdir().expect("a directory");
    let btc = write(
        dir.path(),
        "btc",
        &[(0, ticker("BTCUSDT", "10.01")), (5, SNAPSHOT.into())],
    );
    let eth = write(
        dir.path(),
        "eth",
        &[
            (3, ticker("ETHUSDT", "10.1")),
            (SECOND, ticker("ETHUSDT", "10.2")),
        ],
    );
    let source = open(&[btc, eth], &[], &[("ETHUSDT", "0.1", "0.5")]).expect("both are sound");
    let units: Vec<_> = source
        .summary()
        .instruments
        .iter()
        .map(|it| (it.symbol.clone(), it.tick_e8, it.lot_e8, it.filters_from))
        .collect();
    assert_eq!(
        units,
        [
            (
                "BTCUSDT".into(),
                1_000_000,
                10_000_000,
                FiltersFrom::Inferred
            ),
            (
                "ETHUSDT".into(),
                10_000_000,
                50_000_000,
                FiltersFrom::Config
            )
        ]
    );
    let records = all(source);
    let kinds: Vec<_> = records
        .iter()
        .map(|record| match &record.input {
            Input::Connected { connection } => {
                (record.recv_ns - START, format!("connected {connection}"))
            }
            Input::Message { connection, text } => (
                record.recv_ns - START,
                format!("{connection} {}", String::from_utf8_lossy(&text[11..18])),
            ),
            Input::Rest {
                endpoint: Endpoint::Depth,
                symbol,
                status: 200,
                ..
            } => (record.recv_ns - START, symbol.clone()),
            Input::Tick => (record.recv_ns - START, "tick".into()),
            other => panic!("nothing else was written: {other:?}"),
        })
        .collect();
    let expected = [
        (0, "connected 1"),
        (0, "1 btcusdt"),
        (3, "1 ethusdt"),
        (5, "BTCUSDT"),
        (SECOND, "tick"),
        (SECOND, "1 ethusdt"),
    ];
    assert_eq!(kinds, expected.map(|(at, kind)| (at, kind.to_owned())));
}

#[test]
fn files_of_one_symbol_follow_each_other_and_must_not_go_back() {
    let dir = tempfile::tempdir().expect("a directory");
    let one = write(
        dir.path(),
        "one",
        &[(0, ticker("BTCUSDT", "1")), (9, ticker("BTCUSDT", "1"))],
    );
    let two = write(dir.path(), "two", &[(9, ticker("BTCUSDT", "1"))]);
    assert_eq!(
        all(open(&[one.clone(), two.clone()], &[], &[]).expect("in order")).len(),
        4
    );
    let refused = refusal(&[two.clone(), one.clone()], &[], &[]);
    assert!(
        refused.contains(&format!(
            "{}: begins before {} ends",
            one.display(),
            two.display()
        )),
        "{refused}"
    );
}

#[test]
fn what_cannot_be_replayed_is_refused_with_its_place_and_remedy() {
    let dir = tempfile::tempdir().expect("a directory");
    let both = write(
        dir.path(),
        "both",
        &[
            (0, ticker("BTCUSDT", "1")),
            (1, ticker("ETHUSDT", "1")),
            (2, SNAPSHOT.into()),
        ],
    );
    let none = write(dir.path(), "none", &[(0, SNAPSHOT.into())]);
    let futures = write(
        dir.path(),
        "futures",
        &[(
            0,
            r#"{"stream":"btcusdt@depth","data":{"U":1,"u":2,"pu":0,"b":[],"a":[]}}"#.into(),
        )],
    );
    let btc = write(
        dir.path(),
        "btc",
        &[(0, SNAPSHOT.into()), (1, ticker("BTCUSDT", "10.015"))],
    );
    let empty = write(dir.path(), "empty", &[]);
    let rows: [Refused<'_>; 7] = [
        (
            &both,
            &[],
            &[],
            "line 5: is a depth snapshot, which names no symbol, but the file holds BTCUSDT, ETHUSDT; put each",
        ),
        (
            &none,
            &[],
            &[],
            "line 1: is a depth snapshot, which names no symbol, and no message",
        ),
        (&futures, &[], &[], "line 1: is of a USD-M futures market"),
        (&empty, &[], &[], "holds no message"),
        (
            &btc,
            &[],
            &[("BTCUSDT", "0.01", "0.1")],
            "line 3: BTCUSDT price 10.015 is not a multiple of the tick 0.01; put tick = \"0.001\" into [instruments.BTCUSDT]",
        ),
        (
            &btc,
            &[],
            &[("BTCUSDT", "0.001", "2")],
            "line 3: BTCUSDT quantity 1.50 is not a multiple of the lot 2; put lot = \"0.1\" into",
        ),
        (
            &btc,
            &["ETHUSDT"],
            &[],
            "ETHUSDT: is not in the files, which hold BTCUSDT",
        ),
    ];
    for (path, wanted, table, expected) in rows {
        let refused = refusal(std::slice::from_ref(path), wanted, table);
        assert!(refused.contains(expected), "{refused}");
    }
    assert!(refusal(&[dir.path().join("absent")], &[], &[]).contains("absent"));
    assert_eq!(refusal(&[], &[], &[]), "no file to replay was named");
}

#[test]
fn unwanted_symbols_are_left_out() {
    let dir = tempfile::tempdir().expect("a directory");
    let both = write(
        dir.path(),
        "both",
        &[(0, ticker("BTCUSDT", "1")), (1, ticker("ETHUSDT", "1"))],
    );
    let source = open(&[both], &["ETHUSDT"], &[]).expect("it is there");
    assert_eq!(source.summary().instruments.len(), 1);
    assert_eq!(all(source).len(), 2);
}

#[test]
fn the_same_files_have_the_same_session_and_others_another() {
    let dir = tempfile::tempdir().expect("a directory");
    let one = write(dir.path(), "one", &[(0, ticker("BTCUSDT", "1"))]);
    let same = write(dir.path(), "same", &[(0, ticker("BTCUSDT", "1"))]);
    let other = write(dir.path(), "other", &[(0, ticker("BTCUSDT", "2"))]);
    let session = |path: PathBuf| {
        open(&[path], &[], &[])
            .expect("sound")
            .summary()
            .session
            .clone()
    };
    let first = session(one);
    assert_eq!(first, session(same));
    assert_ne!(first, session(other));
}

fn record_all(
    directory: &Path,
    source: Source,
    per_segment: usize,
    finish_last: bool,
) -> Vec<Record> {
    let summary = source.summary().clone();
    let manifest = Manifest {
        format: FORMAT,
        build: "test".into(),
        session: summary.session,
        venue: "replay".into(),
        simulated: false,
        rest_answers: false,
        started_ns: START,
        instruments: summary.instruments,
    };
    fs::write(directory.join(MANIFEST_FILE), manifest.to_json()).expect("written");
    let records = all(source);
    let mut index = Index::default();
    let chunks = records.chunks(per_segment);
    let last = chunks.len() as u32;
    for (number, chunk) in (1..).zip(chunks) {
        let mut writer = SegmentWriter::new(Vec::new()).expect("a Vec takes all");
        for record in chunk {
            writer.append(record).expect("a Vec takes all");
            writer.flush().expect("a Vec takes all");
        }
        let flushed = writer.bytes() as usize;
        let (bytes, end) = writer.finish().expect("a Vec takes all");
        if number == last && !finish_last {
            fs::write(directory.join(segment_file(number)), &bytes[..flushed]).expect("written");
        } else {
            fs::write(directory.join(segment_file(number)), &bytes).expect("written");
            index.segments.push(IndexEntry::new(number, end));
        }
    }
    fs::write(directory.join(INDEX_FILE), index.to_json()).expect("written");
    records
}

fn capture_of(directory: &Path, count: i64) -> Source {
    let lines: Vec<_> = (0..count)
        .map(|at| (at * SECOND / 3, ticker("BTCUSDT", "10.01")))
        .collect();
    open(&[write(directory, "capture", &lines)], &[], &[]).expect("sound")
}

#[test]
fn a_recording_of_a_replay_replays_the_same() {
    let dir = tempfile::tempdir().expect("a directory");
    let source = capture_of(dir.path(), 50);
    let summary = source.summary().clone();
    let recording = dir.path().join("recording");
    fs::create_dir(&recording).expect("a directory");
    for finish_last in [true, false] {
        let records = record_all(&recording, capture_of(dir.path(), 50), 7, finish_last);
        let again = open(std::slice::from_ref(&recording), &[], &[]).expect("a recording");
        assert_eq!(again.summary().session, summary.session);
        assert_eq!(again.summary().instruments, summary.instruments);
        assert_eq!(again.summary().files[0].torn, !finish_last);
        assert_eq!(all(again), records);
    }
}

#[test]
fn a_recording_without_its_oldest_segments_begins_with_a_connection() {
    let dir = tempfile::tempdir().expect("a directory");
    let records = record_all(dir.path(), capture_of(dir.path(), 50), 7, true);
    fs::remove_file(dir.path().join(segment_file(1))).expect("it was there");
    let source = open(&[dir.path().to_path_buf()], &[], &[]).expect("a recording");
    assert_ne!(
        source.summary().session,
        capture_of(dir.path(), 50).summary().session
    );
    let kept: Vec<_> = all(source)
        .into_iter()
        .filter(|it| !matches!(it.input, Input::Connected { .. }))
        .collect();
    assert_eq!(kept, records[7..]);
}

#[test]
fn recordings_follow_each_other_with_their_connections_renumbered() {
    let dir = tempfile::tempdir().expect("a directory");
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    for directory in [&one, &two] {
        fs::create_dir(directory).expect("a directory");
    }
    record_all(&one, capture_of(dir.path(), 2), 7, true);
    let later = write(
        dir.path(),
        "later",
        &[(3600 * SECOND, ticker("BTCUSDT", "10.01"))],
    );
    record_all(&two, open(&[later], &[], &[]).expect("sound"), 7, true);
    let records = all(open(&[one.clone(), two.clone()], &[], &[]).expect("in order"));
    let connections: Vec<_> = records
        .iter()
        .filter_map(|record| match &record.input {
            Input::Connected { connection } => Some(("up", *connection)),
            Input::Disconnected { connection, .. } => Some(("down", *connection)),
            _ => None,
        })
        .collect();
    assert_eq!(connections, [("up", 1), ("down", 1), ("up", 2)]);
    assert!(refusal(&[two, one], &[], &[]).contains("begins before"));
}

#[test]
fn a_damaged_or_missing_segment_in_the_middle_is_named() {
    let dir = tempfile::tempdir().expect("a directory");
    record_all(dir.path(), capture_of(dir.path(), 50), 7, true);
    let second = dir.path().join(segment_file(2));
    let mut bytes = fs::read(&second).expect("it was written");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(&second, bytes).expect("written");
    let mut source = open(&[dir.path().to_path_buf()], &[], &[]).expect("the index is sound");
    let error = loop {
        match source.next_record() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the damage must be found"),
            Err(error) => break error.to_string(),
        }
    };
    assert!(
        error.contains("00000002.seg: damaged after record"),
        "{error}"
    );
    fs::remove_file(second).expect("it was there");
    assert!(
        refusal(&[dir.path().to_path_buf()], &[], &[])
            .contains("its segment 00000002.seg is missing")
    );
}

#[test]
fn a_gzip_capture_reads_as_the_plain_one() {
    let dir = tempfile::tempdir().expect("a directory");
    let plain = write(
        dir.path(),
        "plain",
        &[(0, ticker("BTCUSDT", "1")), (1, SNAPSHOT.into())],
    );
    let zipped = dir.path().join("zipped");
    let file = fs::File::create(&zipped).expect("a file");
    let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::default());
    encoder
        .write_all(&fs::read(&plain).expect("it was written"))
        .expect("written");
    encoder.finish().expect("written");
    let (plain, zipped) = (
        open(&[plain], &[], &[]).expect("sound"),
        open(&[zipped], &[], &[]).expect("sound"),
    );
    assert_eq!(plain.summary().session, zipped.summary().session);
    assert_eq!(all(plain), all(zipped));
}
