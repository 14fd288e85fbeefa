//! `market_data recording export`: a recording, or a part of it, as one file that can be carried; or as capture lines.
//!
//! The file: `qfexport` and its format, `u32` little-endian length of the manifest, the manifest, one segment's stream of
//! records, and SHA-256 over all that. A whole recording can be verified again where it is imported; a part begins with
//! other books than the feed had, so what was published is left out of it.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use capture::recording::{
    INDEX_FILE, Index, IndexEntry, MANIFEST_FILE, Manifest, Recording, SegmentReader,
    SegmentWriter, Tape, segment_file,
};
use capture::text::stream_symbol;
use capture::{Endpoint, Input, Record};
use ring::digest::{Context, SHA256};
use serde_json::json;

use crate::checksums::Hashed;
use crate::run::Exit;

const MAGIC: [u8; 9] = *b"qfexport\x01";
const MANIFEST_BYTES_MAX: usize = 16 * 1024 * 1024;
const SUM_BYTES: u64 = 32;

/// Which part: receive times, the second not in it.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Records from here on.
    pub from_ns: i64,
    /// Records before this.
    pub to_ns: i64,
}

impl Part {
    fn is_whole(self) -> bool {
        self.from_ns == i64::MIN && self.to_ns == i64::MAX
    }

    fn holds(self, record: &Record) -> bool {
        (self.from_ns..self.to_ns).contains(&record.recv_ns)
    }
}

/// Writes the file and prints what is in it.
pub fn export(directory: &Path, target: &Path, part: Part) -> Result<(), Exit> {
    let (mut tape, recording) = open(directory)?;
    let failed = || Exit::system(target.display().to_string());
    let mut out = Hashed::new(BufWriter::new(File::create_new(target).map_err(failed())?));
    let manifest = recording.manifest.to_json();
    out.write_all(&MAGIC).map_err(failed())?;
    out.write_all(&(manifest.len() as u32).to_le_bytes())
        .map_err(failed())?;
    out.write_all(&manifest).map_err(failed())?;
    let mut writer = SegmentWriter::new(out).map_err(failed())?;
    while let Some(record) = next(&mut tape)? {
        let is_market = !matches!(record.input, Input::Published(_) | Input::Ended { .. });
        if part.holds(&record) && (is_market || part.is_whole()) {
            writer.append(&record).map_err(failed())?;
        }
    }
    let (out, end) = writer.finish().map_err(failed())?;
    let (mut file, sha256) = out.finish();
    file.write_all(&unhex(&sha256))
        .and_then(|()| file.flush())
        .and_then(|()| file.get_ref().sync_all())
        .map_err(failed())?;
    say(&json!({
        "exported": target, "session": recording.manifest.session, "records": end.records, "first_ns": end.first_ns,
        "last_ns": end.last_ns, "whole": part.is_whole(), "sha256": sha256,
    }))
}

/// Writes one symbol's messages and depth snapshots as lines of a text capture.
pub fn export_text(directory: &Path, target: &Path, part: Part, symbol: &str) -> Result<(), Exit> {
    let (mut tape, recording) = open(directory)?;
    let known = &recording.manifest.instruments;
    if !known.iter().any(|one| one.symbol == symbol) {
        let symbols: Vec<_> = known.iter().map(|one| one.symbol.as_str()).collect();
        let held = symbols.join(", ");
        return Err(Exit::Configuration(format!(
            "{symbol} is not in {}, which holds {held}",
            directory.display()
        )));
    }
    let failed = || Exit::system(target.display().to_string());
    let mut out = BufWriter::new(File::create_new(target).map_err(failed())?);
    let mut lines = 0_u64;
    while let Some(record) = next(&mut tape)? {
        if !part.holds(&record) {
            continue;
        }
        let json = match &record.input {
            Input::Message { text, .. } if is_of(text, symbol) => text,
            Input::Rest {
                endpoint: Endpoint::Depth,
                symbol: of,
                status: 200,
                body,
                ..
            } if of == symbol => body,
            _ => continue,
        };
        if json.contains(&b'\n') {
            continue;
        }
        write!(out, "{} ", record.recv_ns)
            .and_then(|()| out.write_all(json))
            .and_then(|()| out.write_all(b"\n"))
            .map_err(failed())?;
        lines += 1;
    }
    out.flush().map_err(failed())?;
    say(
        &json!({"exported": target, "session": recording.manifest.session, "symbol": symbol, "lines": lines}),
    )
}

/// Makes a recording's directory out of an exported file, after every byte of it was checked.
pub fn import(file: &Path, target: &Path) -> Result<(), Exit> {
    let refused = |reason: &str| Exit::Configuration(format!("{}: {reason}", file.display()));
    let failed = || Exit::system(file.display().to_string());
    let mut input = File::open(file).map_err(failed())?;
    let length = input.metadata().map_err(failed())?.len();
    if target.exists() {
        let there = target.display();
        return Err(Exit::Configuration(format!("{there} is there already")));
    }
    let manifest = read_head(&mut input, length).map_err(|reason| refused(&reason))?;
    let json = manifest.to_json();
    let begin = MAGIC.len() as u64 + 4 + head_length(file).map_err(failed())?;
    let stream = (length - SUM_BYTES)
        .checked_sub(begin)
        .ok_or_else(|| refused("is cut short"))?;
    let beside = target.with_extension("new");
    // What an import that was killed left there.
    let _ = fs::remove_dir_all(&beside);
    fs::create_dir_all(&beside).map_err(Exit::system(beside.display().to_string()))?;
    let made = copy_checked(input, stream, &beside).and_then(|end| {
        check_sum(file, length)
            .map_err(|error| error.to_string())
            .and_then(|sound| {
                let differs = format!(
                    "its checksum differs, though its {} records can be read",
                    end.0.records
                );
                sound.then_some(end).ok_or(differs)
            })
    });
    let (end, sha256) = match made {
        Ok(made) => made,
        Err(reason) => {
            let _ = fs::remove_dir_all(&beside);
            return Err(refused(&reason));
        }
    };
    let index = Index {
        segments: vec![IndexEntry::new(1, end, Some(sha256))],
    };
    let wrong = || Exit::system(target.display().to_string());
    fs::write(beside.join(MANIFEST_FILE), json).map_err(wrong())?;
    fs::write(beside.join(INDEX_FILE), index.to_json()).map_err(wrong())?;
    fs::rename(&beside, target).map_err(wrong())?;
    say(&json!({
        "imported": target, "session": manifest.session, "records": end.records, "first_ns": end.first_ns,
        "last_ns": end.last_ns,
    }))
}

fn open(directory: &Path) -> Result<(Tape, Recording), Exit> {
    let unusable = |error: capture::CaptureError| Exit::Configuration(error.to_string());
    let recording = Recording::open(directory).map_err(unusable)?;
    let tape = Tape::new(recording.clone()).map_err(unusable)?;
    Ok((tape, recording))
}

fn next(tape: &mut Tape) -> Result<Option<Record>, Exit> {
    tape.next_record()
        .map_err(|error| Exit::Damaged(error.to_string()))
}

fn is_of(text: &[u8], symbol: &str) -> bool {
    const KEY: &[u8] = b"\"stream\":\"";
    let Some(start) = text.windows(KEY.len()).position(|window| window == KEY) else {
        return false;
    };
    let name = &text[start + KEY.len()..];
    let end = name.iter().position(|byte| *byte == b'"').unwrap_or(0);
    std::str::from_utf8(&name[..end])
        .ok()
        .and_then(stream_symbol)
        .is_some_and(|of| of == symbol)
}

fn say(value: &serde_json::Value) -> Result<(), Exit> {
    writeln!(io::stdout(), "{value}").map_err(Exit::system("standard output"))
}

fn read_head(input: &mut File, length: u64) -> Result<Manifest, String> {
    let mut head = [0; MAGIC.len() + 4];
    let short = |_| "is no exported recording".to_owned();
    input.read_exact(&mut head).map_err(short)?;
    if !head.starts_with(&MAGIC) {
        return Err("is no exported recording".to_owned());
    }
    let [.., a, b, c, d] = head;
    let size = u32::from_le_bytes([a, b, c, d]) as usize;
    if size > MANIFEST_BYTES_MAX || (size + head.len()) as u64 + SUM_BYTES > length {
        return Err("is cut short".to_owned());
    }
    let mut json = vec![0; size];
    input.read_exact(&mut json).map_err(short)?;
    Manifest::parse(&json).map_err(|reason| format!("its manifest {reason}"))
}

fn head_length(file: &Path) -> io::Result<u64> {
    let mut head = [0; MAGIC.len() + 4];
    File::open(file)?.read_exact(&mut head)?;
    let [.., a, b, c, d] = head;
    Ok(u64::from(u32::from_le_bytes([a, b, c, d])))
}

/// Copies the stream as the only segment; reads every record of it meanwhile.
fn copy_checked(
    input: File,
    stream: u64,
    beside: &Path,
) -> Result<(capture::recording::SegmentEnd, String), String> {
    let path = beside.join(segment_file(1));
    let told = |error: io::Error| format!("{}: {error}", path.display());
    let mut out = Hashed::new(File::create(&path).map_err(told)?);
    io::copy(&mut input.take(stream), &mut out).map_err(told)?;
    let (file, sha256) = out.finish();
    file.sync_all().map_err(told)?;
    let mut reader = SegmentReader::new(File::open(&path).map_err(told)?).map_err(told)?;
    let mut end = capture::recording::SegmentEnd {
        bytes: stream,
        ..Default::default()
    };
    loop {
        match reader.next_record() {
            Ok(Some(record)) => {
                if end.records == 0 {
                    end.first_ns = record.recv_ns;
                }
                end.last_ns = record.recv_ns;
                end.records += 1;
            }
            Ok(None) if end.records == 0 => return Err("holds no record".to_owned()),
            Ok(None) => return Ok((end, sha256)),
            Err(fault) => {
                return Err(format!("is damaged after record {} ({fault})", end.records));
            }
        }
    }
}

/// Whether the last bytes are the checksum of all before them.
fn check_sum(file: &Path, length: u64) -> io::Result<bool> {
    let mut input = File::open(file)?.take(length - SUM_BYTES);
    let mut context = Context::new(&SHA256);
    let mut bytes = vec![0; 256 * 1024];
    loop {
        match input.read(&mut bytes)? {
            0 => break,
            read => context.update(&bytes[..read]),
        }
    }
    let mut sum = [0; SUM_BYTES as usize];
    input.into_inner().read_exact(&mut sum)?;
    Ok(context.finish().as_ref() == sum)
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .filter_map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok())
        .collect()
}
