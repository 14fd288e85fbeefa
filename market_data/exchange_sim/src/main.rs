//! The program `exchange_sim`: arguments in, exit code out.

use clap::Parser;
use exchange_sim::config::{self, Config, LogLevel};
use exchange_sim::server::{BUILD, Server, ServerError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tracing::Level;

const AFTER_HELP: &str = "\
Example:
  exchange_sim --config run/exchange_sim.json

Exit codes:
  0  stopped by a signal
  2  the configuration, or a file it names, cannot be used
  3  the address cannot be listened on
  4  a recording cannot be played on";

/// An exchange on loopback that speaks Binance spot's REST and WebSocket protocol.
#[derive(Parser)]
#[command(name = "exchange_sim", version = BUILD, after_help = AFTER_HELP)]
struct Arguments {
    /// The configuration, JSON
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = load(&arguments.config).and_then(|config| {
        log(config.log_level);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.map_err(|reason| ServerError::Configuration(reason.to_string()))?;
        runtime.block_on(serve(config))
    });
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    // There is nobody left to tell if standard error is gone.
    let _ = writeln!(std::io::stderr(), "exchange_sim: {error}");
    ExitCode::from(match error {
        ServerError::Configuration(_) => 2,
        ServerError::Listen { .. } => 3,
        ServerError::Recording(_) => 4,
    })
}

fn load(path: &Path) -> Result<Config, ServerError> {
    let refused =
        |reason: String| ServerError::Configuration(format!("{}: {reason}", path.display()));
    let json = std::fs::read(path).map_err(|reason| refused(reason.to_string()))?;
    config::parse(&json).map_err(refused)
}

async fn serve(config: Config) -> Result<(), ServerError> {
    let kinds = [SignalKind::terminate(), SignalKind::interrupt()];
    let [mut terminate, mut interrupt] = match kinds.map(signal) {
        [Ok(terminate), Ok(interrupt)] => [terminate, interrupt],
        [Err(reason), _] | [_, Err(reason)] => {
            return Err(ServerError::Configuration(reason.to_string()));
        }
    };
    let server = Server::open(config).await?;
    tracing::info!(build = BUILD, address = %server.address(), "exchange_sim listens");
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    server.run(stop).await
}

fn log(level: LogLevel) {
    let level = match level {
        LogLevel::Debug => Level::DEBUG,
        LogLevel::Info => Level::INFO,
        LogLevel::Warning => Level::WARN,
        LogLevel::Error => Level::ERROR,
    };
    tracing_subscriber::fmt()
        .log_internal_errors(false)
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
}
