//! The loops that let the market live: a generated one by the clock, a recorded one by its own time or as it is read.

use super::{Command, ServerError, Shared};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{MissedTickBehavior, interval};

/// Step of the loop.
const STEP: Duration = Duration::from_millis(5);
/// Messages of one step of a recording, so that connections are served in between.
const BATCH_MAX: usize = 4_096;
/// A market that waits for readers looks again after this time.
const WAIT: Duration = Duration::from_millis(1);

/// How fast a market lives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// By the clock.
    Generated,
    /// By the recording's own time, so many times as fast; from the first reader on.
    Timed {
        /// 1: as it was received.
        speed: f64,
    },
    /// As fast as its readers read, from the first one on.
    AsRead,
}

/// Lets the market live for ever; a recording stands still after its end.
pub async fn run(
    pace: Pace,
    shared: Arc<Shared>,
    mut commands: UnboundedReceiver<Command>,
) -> Result<(), ServerError> {
    let mut step = interval(STEP);
    step.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut recording = Recording::default();
    loop {
        let burst = tokio::select! {
            _ = step.tick() => 0,
            Some(Command::Burst(messages)) = commands.recv() => messages,
        };
        if burst > 0 {
            send_burst(&shared, burst).await;
        }
        let mut out = Vec::new();
        match pace {
            Pace::Generated => {
                shared.exchange().generate(shared.clock.now_ns(), &mut out);
                shared.send(&mut out);
            }
            Pace::Timed { speed } => recording.play_timed(&shared, speed)?,
            Pace::AsRead => recording.play_as_read(&shared).await?,
        }
    }
}

async fn send_burst(shared: &Shared, mut messages: u32) {
    let mut out = Vec::new();
    while messages > 0 {
        let room = shared.hub.room().unwrap_or(BATCH_MAX).min(BATCH_MAX) / 2;
        if room == 0 {
            tokio::time::sleep(WAIT).await;
            continue;
        }
        let batch = messages.min(room as u32 / 4 + 1);
        shared.exchange().burst(batch, &mut out);
        shared.send(&mut out);
        messages -= batch;
        tokio::task::yield_now().await;
    }
}

#[derive(Debug, Default)]
struct Recording {
    /// Clock and recording when the first reader came.
    started: Option<(i64, i64)>,
    ended: bool,
}

impl Recording {
    fn play_timed(&mut self, shared: &Shared, speed: f64) -> Result<(), ServerError> {
        let now_ns = shared.clock.now_ns();
        if self.ended || (self.started.is_none() && shared.hub.room().is_none()) {
            return Ok(());
        }
        let mut exchange = shared.exchange();
        let (clock_ns, first_ns) = *self
            .started
            .get_or_insert_with(|| (now_ns, exchange.market_ns()));
        let until_ns = first_ns + ((now_ns - clock_ns) as f64 * speed) as i64;
        let mut out = Vec::new();
        let goes_on = exchange.play(until_ns, BATCH_MAX, now_ns, &mut out);
        drop(exchange);
        shared.send(&mut out);
        self.note(goes_on)
    }

    async fn play_as_read(&mut self, shared: &Shared) -> Result<(), ServerError> {
        while !self.ended {
            // Nobody there: the recording waits for its first reader, and for a new one after the last has left.
            let Some(room) = shared.hub.room() else {
                return Ok(());
            };
            if room < BATCH_MAX {
                tokio::time::sleep(WAIT).await;
                continue;
            }
            let mut out = Vec::new();
            let goes_on =
                shared
                    .exchange()
                    .play(i64::MAX, BATCH_MAX / 2, shared.clock.now_ns(), &mut out);
            shared.send(&mut out);
            self.note(goes_on)?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    fn note(
        &mut self,
        goes_on: Result<bool, crate::playback::player::PlayError>,
    ) -> Result<(), ServerError> {
        let goes_on = goes_on.map_err(|fault| ServerError::Recording(fault.to_string()))?;
        if !goes_on {
            self.ended = true;
            tracing::info!("the recording is over; connections stay open and silent");
        }
        Ok(())
    }
}
