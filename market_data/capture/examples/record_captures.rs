//! Text captures as a recording of our own form: `cargo run --release -p capture --example record_captures -- OUT FILE…`.
//!
//! What it writes is read like a recorded session without answers over REST; for benchmarks of reading.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use capture::Source;
use capture::recording::{
    FORMAT, INDEX_FILE, Index, IndexEntry, MANIFEST_FILE, Manifest, SegmentWriter, segment_file,
};

const RECORDS_A_SEGMENT: u64 = 50_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let directory = arguments
        .next()
        .ok_or("name the directory to make, then the captures")?;
    let mut source = Source::open(&arguments.collect::<Vec<_>>(), &[], &BTreeMap::new())?;
    fs::create_dir(&directory)?;
    let summary = source.summary().clone();
    let manifest = Manifest {
        format: FORMAT,
        build: "record_captures".into(),
        session: summary.session,
        venue: "replay".into(),
        simulated: false,
        rest_answers: false,
        started_ns: summary.first_ns,
        instruments: summary.instruments,
        settings: None,
    };
    fs::write(directory.join(MANIFEST_FILE), manifest.to_json())?;
    let mut index = Index::default();
    while write_segment(&directory, &mut source, &mut index)? {}
    fs::write(directory.join(INDEX_FILE), index.to_json())?;
    Ok(())
}

/// Writes the next segment; false if the source ended with it.
fn write_segment(
    directory: &Path,
    source: &mut Source,
    index: &mut Index,
) -> Result<bool, Box<dyn Error>> {
    let number = index.segments.len() as u32 + 1;
    let mut writer = SegmentWriter::new(File::create(directory.join(segment_file(number)))?)?;
    while writer.records() < RECORDS_A_SEGMENT
        && let Some(record) = source.next_record()?
    {
        writer.append(&record)?;
    }
    let goes_on = writer.records() == RECORDS_A_SEGMENT;
    let (_, end) = writer.finish()?;
    index.segments.push(IndexEntry::new(number, end, None));
    Ok(goes_on)
}
