//! Whatever bytes come from outside: a parser either reads them or gives a named error. It never panics, its memory is
//! bounded by the length of what it read, the same bytes give the same answer, and where there is a printer, what was
//! read and printed reads the same again.
//!
//! Each target is one function from bytes; a broken promise is a panic. `market_data/fuzz` hands them to libFuzzer,
//! `tests/seeded.rs` drives the same functions by a seeded mutator on stable Rust.

/// Text captures.
mod captures;
/// Frames.
mod frames;
/// Bytes changed at random, from a seed.
mod mutate;
/// The recording's records, segments and manifests.
mod recordings;
/// Whole records into the feed's state machine.
mod sessions;
/// What exchange_sim is asked and told.
mod simulator;
/// What the venue says.
mod venue_says;

pub use mutate::Mutator;

/// A parser of bytes from outside.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, also that of its cargo-fuzz target.
    pub name: &'static str,
    /// Panics if a promise is broken.
    pub run: fn(&[u8]),
    /// Messages of our own to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Bytes that one call may allocate whatever it is given, beside `ALLOCATED_A_BYTE` for each byte of it.
    pub allocated_max: usize,
}

/// Bytes that a call may allocate for each byte it is given: levels, symbols and errors are larger than their text.
pub const ALLOCATED_A_BYTE: usize = 256;

/// What a call may allocate that builds nothing large.
const SMALL: usize = 64 * 1024;

/// Every target.
pub const TARGETS: &[Target] = &[
    Target {
        name: "venue_message",
        run: venue_says::message,
        seeds: venue_says::messages,
        allocated_max: SMALL,
    },
    Target {
        name: "venue_rest",
        run: venue_says::rest,
        seeds: venue_says::bodies,
        allocated_max: SMALL,
    },
    Target {
        name: "decimal",
        run: venue_says::decimal,
        seeds: venue_says::decimals,
        allocated_max: SMALL,
    },
    Target {
        name: "capture_line",
        run: captures::line,
        seeds: captures::lines,
        allocated_max: SMALL,
    },
    Target {
        name: "capture_file",
        run: captures::file,
        seeds: captures::files,
        allocated_max: 8 << 20,
    },
    Target {
        name: "recording_record",
        run: recordings::record,
        seeds: recordings::records,
        allocated_max: SMALL,
    },
    Target {
        name: "recording_segment",
        run: recordings::segment,
        seeds: recordings::segments,
        // A record's announced length is made room for before its bytes are there, window and tables of zstd beside it.
        allocated_max: 2 * capture::recording::RECORD_BYTES_MAX + (140 << 20),
    },
    Target {
        name: "recording_manifest",
        run: recordings::manifest,
        seeds: recordings::manifests,
        allocated_max: SMALL,
    },
    Target {
        name: "frame",
        run: frames::frame,
        seeds: frames::frames,
        allocated_max: SMALL,
    },
    Target {
        name: "session",
        run: sessions::session,
        seeds: sessions::sessions,
        allocated_max: 64 << 20,
    },
    Target {
        name: "simulator_request",
        run: simulator::request,
        seeds: simulator::requests,
        allocated_max: SMALL,
    },
    Target {
        name: "simulator_script",
        run: simulator::script,
        seeds: simulator::scripts,
        allocated_max: SMALL,
    },
];

/// The target of a name.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn target(name: &str) -> Target {
    *TARGETS
        .iter()
        .find(|target| target.name == name)
        .unwrap_or_else(|| panic!("there is no target {name}"))
}

/// Texts as the bytes of seeds.
fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}
