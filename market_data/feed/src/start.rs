//! From a checked configuration to the end: opens what every feed needs, then lives or replays.

use std::io;
use std::rc::Rc;

use tokio::sync::watch;
use tokio::task::LocalSet;
use tracing::info;

use crate::BUILD;
use crate::clock::Stamps;
use crate::config::Config;
use crate::publisher::Publisher;
use crate::run::{Exit, Opened, Stop};
use crate::status::StatusFile;
use crate::{crash_point, http, live, replay};

/// Runs until a signal, the end of the replay, or a reason not to go on.
pub fn run(config: Config) -> Result<(), Exit> {
    crash_point::arm().map_err(Exit::Configuration)?;
    tracing_subscriber::fmt()
        // A line that cannot be written is lost; telling of it on a standard error that is as full would end the program.
        .log_internal_errors(false)
        .with_max_level(config.log_level.level())
        .with_writer(io::stderr)
        .with_ansi(false)
        .with_target(false)
        .init();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Exit::system("the event loop"))?;
    LocalSet::new().block_on(&runtime, start(config))
}

async fn start(config: Config) -> Result<(), Exit> {
    let stop = Stop::new()?;
    let publisher = Publisher::bind(&config.socket)
        .map_err(Exit::system(config.socket.display().to_string()))?;
    let (metrics, latest) = watch::channel(String::new());
    let listening = http::listen(config.metrics_listen, latest).await;
    listening.map_err(Exit::system(format!(
        "metrics_listen {}",
        config.metrics_listen
    )))?;
    info!(build = BUILD, socket = %config.socket.display(), "market_data starts");
    let status_file =
        StatusFile::new(config.status_file.clone()).map_err(Exit::system("status_file"))?;
    let opened = Opened {
        publisher,
        metrics,
        status_file,
        stop,
        stamps: Rc::new(Stamps::new()),
    };
    match &config.replay {
        Some(files) => replay::run(&config, files, opened).await,
        None => live::run(&config, opened).await,
    }
}
