//! One-minute candles of one instrument: seeded over REST, kept by the kline stream, holes filled over REST; or, where
//! there is no kline stream, built from trades. A closed bar is published once, in order of time.

use crate::ask::Ask;
use crate::bars::{Bars, Published};
use crate::from_trades::{Deal, FromTrades};
use crate::publish::{MINUTE, MS, Moment, SECOND};
use venue::{KLINES_ROWS_MAX, Kline};
use wire::{Candle, Kind};

const OVER_REST: u8 = 0;
const FROM_STREAM: u8 = 1;
/// Closed bars that wait for a hole before them to be filled, at most.
const HELD_MAX: usize = 64;
/// How long the first bars are awaited before the stream's are published without them.
const SEED_WAIT_MAX: i64 = 120 * SECOND;
/// How long a hole's bars are awaited before it stays a hole.
const HOLE_WAIT_MAX: i64 = 30 * SECOND;
/// Step of the frames of an open bar.
const OPEN_STEP: i64 = SECOND;
/// A trade can be so much later than the clock of a machine that is behind.
const CLOCK_BEHIND_MAX: i64 = 10 * SECOND;

/// The candles of one instrument.
#[derive(Debug)]
pub(crate) struct Candles {
    instrument: u8,
    bars: Bars,
    /// While trades are the source.
    from_trades: Option<FromTrades>,
    /// Greatest exchange time seen.
    exchange_ns: i64,
    open_published: i64,
    open_changed: bool,
    /// Asks for bars over REST.
    pub(crate) ask: Ask,
    /// First bar wanted over REST; meaningful while `wait_until` is set.
    wanted_from: i64,
    /// While bars are awaited over REST: until then the stream's closed bars are held.
    wait_until: Option<i64>,
    held: Vec<Candle>,
    pub(crate) closed: u64,
}

impl Candles {
    pub(crate) fn new(instrument: u8, from_trades: bool) -> Self {
        Self {
            instrument,
            bars: Bars::new(),
            from_trades: from_trades.then_some(FromTrades::new(instrument)),
            exchange_ns: 0,
            open_published: i64::MIN / 2,
            open_changed: false,
            ask: Ask::new(),
            wanted_from: 0,
            wait_until: None,
            held: Vec::with_capacity(HELD_MAX),
            closed: 0,
        }
    }

    pub(crate) const fn bars(&self) -> &Bars {
        &self.bars
    }

    /// The path parameter of the next request.
    pub(crate) const fn wanted_from_ms(&self) -> i64 {
        self.wanted_from / MS
    }

    /// The stream is up: asks for what is missing up to now.
    pub(crate) fn connected(&mut self, moment: &Moment<'_>) {
        if moment.settings.candle_seed == 0 || self.wait_until.is_some() {
            return;
        }
        let minute = moment.now - moment.now.rem_euclid(MINUTE);
        match self.bars.last_open_ns() {
            None => self.want(
                minute - moment.settings.candle_seed * MINUTE,
                moment.now,
                SEED_WAIT_MAX,
            ),
            Some(last) => self.want(last + MINUTE, moment.now, HOLE_WAIT_MAX),
        }
    }

    fn want(&mut self, from: i64, now: i64, wait: i64) {
        self.wanted_from = from;
        self.wait_until = Some(now + wait);
        self.ask.want(now);
    }

    /// The exchange's clock moved.
    #[inline(always)]
    pub(crate) fn exchange_time(&mut self, event_ns: i64) {
        self.exchange_ns = self.exchange_ns.max(event_ns);
    }

    /// A trade, while trades are the source.
    #[inline(always)]
    pub(crate) fn trade(&mut self, moment: &mut Moment<'_>, deal: &Deal) {
        self.exchange_time(deal.event_ns);
        let Some(built) = &mut self.from_trades else {
            return;
        };
        while let Some(bar) = built.close_before(deal) {
            publish_closed(&mut self.bars, &mut self.closed, moment, bar);
        }
        built.add(deal);
        self.open_changed = true;
        self.publish_open_bar(moment);
    }

    /// A kline of the stream, in ticks and lots.
    pub(crate) fn kline(&mut self, moment: &mut Moment<'_>, kline: &Kline) {
        self.from_trades = None;
        let candle = self.candle(kline, FROM_STREAM);
        let last = self
            .held
            .last()
            .map(|bar| bar.open_ns)
            .max(self.bars.last_open_ns());
        if last.is_some_and(|last| candle.open_ns <= last) {
            return;
        }
        if !candle.closed {
            if moment.now - self.open_published >= OPEN_STEP {
                publish_open(&mut self.open_published, moment, &candle);
            }
            return;
        }
        let hole = last.is_some_and(|last| candle.open_ns > last + MINUTE);
        if hole && self.wait_until.is_none() && moment.settings.candle_seed > 0 {
            self.want(
                self.bars
                    .last_open_ns()
                    .map_or(candle.open_ns, |last| last + MINUTE),
                moment.now,
                HOLE_WAIT_MAX,
            );
        }
        if self.wait_until.is_none() {
            return publish_closed(&mut self.bars, &mut self.closed, moment, candle);
        }
        if self.held.len() == HELD_MAX {
            self.release(moment);
            return publish_closed(&mut self.bars, &mut self.closed, moment, candle);
        }
        self.held.push(candle);
    }

    fn candle(&self, kline: &Kline, origin: u8) -> Candle {
        Candle {
            instrument: self.instrument,
            open_ns: kline.open_ns,
            open: kline.open,
            high: kline.high,
            low: kline.low,
            close: kline.close,
            volume: kline.volume,
            buy_volume: kline.buy_volume,
            trades: kline.trades,
            closed: kline.closed,
            origin,
        }
    }

    /// Klines over REST, in ticks and lots, oldest first. The last row may still be open and is left to the stream.
    pub(crate) fn klines(&mut self, moment: &mut Moment<'_>, klines: &[Kline]) {
        if self.wait_until.is_none() {
            return;
        }
        self.from_trades = None;
        self.ask.reset_backoff();
        for kline in klines.iter().take(klines.len().saturating_sub(1)) {
            if self
                .bars
                .last_open_ns()
                .is_none_or(|last| kline.open_ns > last)
            {
                let candle = Candle {
                    closed: true,
                    ..self.candle(kline, OVER_REST)
                };
                publish_closed(&mut self.bars, &mut self.closed, moment, candle);
            }
        }
        if klines.len() >= KLINES_ROWS_MAX {
            self.wanted_from = self
                .bars
                .last_open_ns()
                .map_or(self.wanted_from, |last| last + MINUTE);
            self.ask.want(moment.now);
        } else {
            self.release(moment);
        }
    }

    /// Nothing more is awaited over REST: publishes what was held for it.
    fn release(&mut self, moment: &mut Moment<'_>) {
        self.wait_until = None;
        self.ask.forget();
        let mut held = std::mem::take(&mut self.held);
        for bar in held.drain(..) {
            if self
                .bars
                .last_open_ns()
                .is_none_or(|last| bar.open_ns > last)
            {
                publish_closed(&mut self.bars, &mut self.closed, moment, bar);
            }
        }
        self.held = held;
    }

    /// What time brings. `connected`: trades that were made have come.
    pub(crate) fn tick(&mut self, moment: &mut Moment<'_>, connected: bool) {
        if self.wait_until.is_some_and(|until| until <= moment.now) {
            self.release(moment);
        }
        if let Some(built) = &mut self.from_trades {
            let exchange_ns = self.exchange_ns.max(moment.now - CLOCK_BEHIND_MAX);
            while connected && let Some(bar) = built.close_at(exchange_ns) {
                publish_closed(&mut self.bars, &mut self.closed, moment, bar);
            }
            self.publish_open_bar(moment);
        }
    }

    fn publish_open_bar(&mut self, moment: &mut Moment<'_>) {
        let bar = self.from_trades.as_ref().and_then(FromTrades::open_bar);
        if let (true, Some(bar)) = (
            self.open_changed && moment.now - self.open_published >= OPEN_STEP,
            bar,
        ) {
            self.open_changed = false;
            publish_open(&mut self.open_published, moment, &bar);
        }
    }
}

fn publish_open(published: &mut i64, moment: &mut Moment<'_>, candle: &Candle) {
    *published = moment.now;
    moment.publish(Kind::Candle, |bytes, seq, recv_ns| {
        wire::candle(bytes, seq, recv_ns, candle)
    });
}

fn publish_closed(bars: &mut Bars, count: &mut u64, moment: &mut Moment<'_>, candle: Candle) {
    let seq = moment.publish(Kind::Candle, |bytes, seq, recv_ns| {
        wire::candle(bytes, seq, recv_ns, &candle)
    });
    bars.push(Published {
        seq,
        recv_ns: moment.now,
        candle,
    });
    *count += 1;
}
