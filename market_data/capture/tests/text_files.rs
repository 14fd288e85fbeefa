//! Text captures as people give them, through `Source`.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use capture::{Endpoint, FiltersFrom, Input, Source};
use support::{Refused, SECOND, SNAPSHOT, START, all, open, refusal, ticker, write};

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

#[test]
fn kept_in_memory_or_read_again_the_records_are_the_same() {
    let dir = tempfile::tempdir().expect("a directory");
    let lines = |symbol, after: i64| {
        let line = |n| (after + n * SECOND, ticker(symbol, "10.01"));
        let mut lines: Vec<_> = (0..40).map(line).collect();
        lines.insert(1, (after, SNAPSHOT.into()));
        lines
    };
    let btc = write(dir.path(), "btc", &lines("BTCUSDT", 0));
    let eth = write(dir.path(), "eth", &lines("ETHUSDT", 7));
    let text = fs::read(&eth).expect("it was written");
    fs::write(&eth, &text[..text.len() - 9]).expect("the directory takes files");
    let paths = [btc, eth];
    let open = |kept_bytes_max| {
        Source::open_keeping(&paths, &[], &BTreeMap::new(), kept_bytes_max).expect("both are sound")
    };
    let again = open(0);
    assert_eq!(
        again
            .summary()
            .files
            .iter()
            .map(|it| it.torn)
            .collect::<Vec<_>>(),
        [false, true]
    );
    let (summary, expected) = (again.summary().clone(), all(again));
    // Neither file, the first, both.
    for kept_bytes_max in [1, text.len() + 2_000, 1 << 20] {
        let source = open(kept_bytes_max);
        assert_eq!(*source.summary(), summary);
        assert_eq!(all(source), expected, "{kept_bytes_max}");
    }
}
