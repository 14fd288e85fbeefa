//! The program `market_data`: arguments in, exit code out.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use feed::{BUILD, Exit, config, inspect};

const AFTER_HELP: &str = "\
Example:
  market_data --config run/market_data.json
  market_data inspect spot_btcusdt_20240808.gz spot_btcusdt_20240809.gz

Exit codes:
  0  stopped by a signal, or the replay is over
  2  the configuration or a file to replay cannot be used
  3  the socket, the metrics port or the recording directory cannot be opened
  4  a recording is damaged in the middle of its replay
  5  the exchange changed an instrument's units: start again";

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
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let exit = match (arguments.command, arguments.config) {
        (Some(Command::Inspect { files, config }), _) => {
            inspect::inspect(&files, config.as_deref())
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
