//! The status file each second, and the prices that a generated market opens with next time.

use super::{BUILD, Shared};
use crate::config::{self, Config};
use crate::exchange::Market;
use crate::remembered;
use serde_json::{Value, json};
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

const STEP: Duration = Duration::from_secs(1);

/// Writes the files for ever.
pub async fn run(config: &Config, shared: &Shared) {
    loop {
        write(config, shared, false);
        tokio::time::sleep(STEP).await;
    }
}

/// Writes the files once.
pub fn write(config: &Config, shared: &Shared, is_final: bool) {
    let (status, prices) = {
        let exchange = shared.exchange();
        let prices = match exchange.market() {
            Market::Generated(generator) => {
                let mids = generator
                    .instruments()
                    .iter()
                    .map(|one| (one.listing.spec.symbol.clone(), one.mid()));
                Some(config::remembered(mids))
            }
            Market::Recorded(_) => None,
        };
        let simulated = prices.is_some();
        let status = json!({
            "program": "exchange_sim", "build": BUILD, "pid": std::process::id(),
            "written_ns": shared.clock.now_ns(), "final": is_final, "simulated": simulated,
            "counts": exchange.counts.to_json(),
        });
        (status, prices)
    };
    let failed = |path: &Path, reason: io::Error| tracing::error!(path = %path.display(), %reason, "the file could not be written");
    if let Some(path) = &config.status_file {
        replace(path, &status).unwrap_or_else(|reason| failed(path, reason));
    }
    if let Some((path, prices)) = config.state_file.as_ref().zip(prices) {
        remembered::replace(path, prices).unwrap_or_else(|reason| failed(path, reason));
    }
}

/// Written beside and renamed, so that a reader never sees half of it.
fn replace(path: &Path, content: &Value) -> io::Result<()> {
    let beside = path.with_extension("new");
    fs::write(&beside, content.to_string())?;
    fs::rename(beside, path)
}
