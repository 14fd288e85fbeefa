//! `market_data inspect`: looks through files as a replay would and prints what they hold.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use capture::{CaptureError, Source};
use serde_json::json;

use crate::config;
use crate::run::Exit;

/// Prints one line of JSON, or gives the reason why the files cannot be replayed.
pub fn inspect(files: &[PathBuf], config: Option<&Path>) -> Result<(), Exit> {
    let table = match config {
        Some(path) => {
            config::load(path)
                .map_err(|fault| Exit::Configuration(fault.to_string()))?
                .instruments
        }
        None => BTreeMap::new(),
    };
    let unusable = |error: CaptureError| Exit::Configuration(error.to_string());
    let summary = Source::open(files, &[], &table)
        .map_err(unusable)?
        .summary()
        .clone();
    let files: Vec<_> = summary
        .files
        .iter()
        .map(|file| {
            json!({
                "path": file.path, "records": file.records, "first_ns": file.first_ns, "last_ns": file.last_ns,
                "torn": file.torn, "levelled": file.levelled,
            })
        })
        .collect();
    let report = json!({
        "session": summary.session, "simulated": summary.simulated, "rest_answers": summary.rest_answers,
        "first_ns": summary.first_ns, "last_ns": summary.last_ns, "instruments": summary.instruments, "files": files,
    });
    writeln!(std::io::stdout(), "{report}").map_err(Exit::system("standard output"))
}
