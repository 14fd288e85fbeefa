//! The program `market_data`: arguments in, exit code out.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use feed::{
    BUILD, Exit, WRITE_RECORDING, config, inspect, recording_export, recording_info, repeat,
};

const AFTER_HELP: &str = "\
Example:
  market_data --config run/market_data.json
  market_data inspect spot_btcusdt_20240808.gz spot_btcusdt_20240809.gz

Exit codes:
  0  stopped by a signal, or the replay is over
  2  the configuration or a file to replay cannot be used
  3  the socket, the metrics port or the recording directory cannot be opened
  4  a recording is damaged in the middle of its replay
  5  the exchange changed an instrument's units: start again
  6  this session is over (session_seconds): start again";

/// Follows the exchange's books and publishes them to the programs of this machine.
#[derive(Parser)]
#[command(name = "market_data", version = BUILD, after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
struct Arguments {
    /// The resolved configuration, JSON
    #[arg(long, value_name = "FILE", required = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Looks through captures or recordings and prints as JSON what they hold
    Inspect {
        /// Text captures, or directories of recordings
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// A configuration whose instrument table gives the units
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Feeds a recording to a new session and compares every frame with what was published then
    Repeat {
        /// The recording's directory
        recording: PathBuf,
        /// What one reader had, JSON: its frames are written to standard output
        #[arg(long, value_name = "FILE")]
        windows: Option<PathBuf>,
        /// Where the report goes, instead of standard output
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
    },
    /// What a recording holds, and recordings as files that can be carried
    #[command(subcommand)]
    Recording(OnRecording),
    /// Writes what a feed hands over on standard input
    #[command(name = WRITE_RECORDING, hide = true)]
    WriteRecording,
}

#[derive(Subcommand)]
enum OnRecording {
    /// Reads all of it and prints as JSON what it holds and what is damaged
    Info {
        /// The recording's directory
        recording: PathBuf,
    },
    /// Writes it, or a part of it, as one file with a checksum
    Export {
        /// The recording's directory
        recording: PathBuf,
        /// A file that does not exist yet
        target: PathBuf,
        /// Receive time, UTC nanoseconds, of the first record
        #[arg(long, value_name = "NS", default_value_t = i64::MIN, allow_negative_numbers = true)]
        from: i64,
        /// Receive time, UTC nanoseconds, before which the part ends
        #[arg(long, value_name = "NS", default_value_t = i64::MAX)]
        to: i64,
        /// Lines of a text capture of this symbol instead
        #[arg(long, value_name = "SYMBOL")]
        text: Option<String>,
    },
    /// Checks an exported file and makes a recording's directory of it
    Import {
        /// What `export` wrote
        file: PathBuf,
        /// A directory that does not exist yet
        target: PathBuf,
    },
}

fn on_recording(what: OnRecording) -> Result<(), Exit> {
    match what {
        OnRecording::Info { recording } => recording_info::info(&recording),
        OnRecording::Export {
            recording,
            target,
            from: from_ns,
            to: to_ns,
            text,
        } => {
            let part = recording_export::Part { from_ns, to_ns };
            match text {
                Some(symbol) => recording_export::export_text(&recording, &target, part, &symbol),
                None => recording_export::export(&recording, &target, part),
            }
        }
        OnRecording::Import { file, target } => recording_export::import(&file, &target),
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let exit = match (arguments.command, arguments.config) {
        (Some(Command::Inspect { files, config }), _) => {
            inspect::inspect(&files, config.as_deref())
        }
        (
            Some(Command::Repeat {
                recording,
                windows,
                report,
            }),
            _,
        ) => repeat::repeat(&recording, windows.as_deref(), report.as_deref()),
        (Some(Command::Recording(what)), _) => on_recording(what),
        (Some(Command::WriteRecording), _) => {
            feed::write_standard_input().map_err(|error| Exit::Recording(error.to_string()))
        }
        (None, Some(path)) => config::load(&path)
            .map_err(|fault| Exit::Configuration(fault.to_string()))
            .and_then(feed::run),
        (None, None) => unreachable!("clap asks for --config"),
    };
    match exit {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => {
            tell(&exit.to_string());
            ExitCode::from(exit.code())
        }
    }
}

fn tell(message: &str) {
    use std::io::Write;
    // There is nobody left to tell if standard error is gone.
    let _ = writeln!(std::io::stderr(), "market_data: {message}");
}
