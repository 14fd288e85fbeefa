//! The shell around the session: sockets, clock, disk.
//!
//! What comes in – messages of the exchange, answers to requests, the timer, or a recording's records – becomes a
//! `capture::Record`, goes to the recorder and to the session; what the session makes of it goes to the readers.

mod checksums;
mod clock;
/// What the program is told, strictly.
pub mod config;
/// Where a test may kill the process.
pub mod crash_point;
/// One step for live and replay alike: record in, frames out, requests back.
mod desk;
mod dial;
/// The units of the instruments before a live session begins.
mod filters;
mod frame_json;
mod http;
/// What a capture holds, without replaying it.
pub mod inspect;
mod live;
mod metrics;
/// Frames to any number of readers.
pub mod publisher;
/// What waits for one reader.
pub mod reader_queue;
mod recorder;
/// Recordings as files that can be carried.
pub mod recording_export;
/// What a recording holds.
pub mod recording_info;
mod recording_writer;
/// A recording once more, every frame compared with what was published.
pub mod repeat;
mod replay;
mod rest;
mod run;
mod run_directory;
mod start;
mod status;
mod stream;
mod window;

pub use recorder::WRITE_RECORDING;
pub use recording_writer::write_standard_input;
pub use run::Exit;
pub use start::run;

/// The build that every program of the appliance must share.
pub const BUILD: &str = match option_env!("QF_BUILD") {
    Some(build) => build,
    None => "dev",
};
