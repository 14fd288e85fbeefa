//! Recordings as they are found on disk, through `Source`.

mod support;

use std::fs;
use std::path::Path;

use capture::recording::{
    FORMAT, INDEX_FILE, Index, IndexEntry, MANIFEST_FILE, Manifest, SegmentWriter, segment_file,
};
use capture::{Input, Record, Source};
use support::{SECOND, START, all, open, refusal, ticker, write};

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
        settings: None,
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
            index.segments.push(IndexEntry::new(number, end, None));
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
fn what_is_written_while_a_recording_is_replayed_is_not_read() {
    let dir = tempfile::tempdir().expect("a directory");
    let records = record_all(dir.path(), capture_of(dir.path(), 50), 100, false);
    let tail = dir.path().join(segment_file(1));
    let later = fs::read(&tail).expect("it was written");
    fs::write(&tail, &later[..later.len() * 2 / 3]).expect("written");
    let source = open(&[dir.path().to_path_buf()], &[], &[]).expect("a recording");
    fs::write(&tail, later).expect("written");
    let read = all(source);
    assert!(read.len() > 10 && read.len() < records.len());
    assert_eq!(read, records[..read.len()]);
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
