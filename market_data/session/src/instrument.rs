//! One instrument: what is kept of it, and what comes in besides its book. How the book follows the exchange is in
//! `follow.rs`, how it is checked in `check.rs`, its state and what is published of it in `show.rs`. Nothing that happens to one instrument touches another.

use crate::ask::Ask;
use crate::buffer::Buffer;
use crate::candles::Candles;
use crate::from_trades::Deal;
use crate::publish::{MINUTE, Moment, SECOND, Stamp};
use crate::report::{Counted, InstrumentReport};
use crate::second_book::Check;
use crate::tickers::Tickers;
use book::{Book, Sequencer, Top};
use venue::{Kline, Malformed, SymbolInfo, SymbolStatus, Unit, lots, ticks};
use wire::{Kind, Reason, State};

/// A book that was live for so long is good: the next loss is the first again.
const GOOD_AFTER: i64 = 60 * SECOND;
/// Step of the question whether the exchange still trades an instrument.
const INFO_STEP: i64 = MINUTE;
/// The same while it does not: ten instruments at once weigh 1,200 a minute, within half of the venue's 6,000.
const INFO_STEP_HALTED: i64 = 10 * SECOND;

/// How far the book is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// No connection.
    Disconnected,
    /// Updates wait for a snapshot.
    Buffering,
    /// Updates are applied as they come.
    Following,
}

/// What the feed keeps of one instrument.
#[derive(Debug)]
pub(crate) struct Instrument {
    pub(crate) symbol: String,
    pub(crate) index: u8,
    pub(crate) tick: Unit,
    pub(crate) lot: Unit,
    pub(crate) stage: Stage,
    pub(crate) book: Book,
    pub(crate) sequencer: Sequencer,
    pub(crate) buffer: Buffer,
    pub(crate) tickers: Tickers,
    /// The newest bookTicker's bid and ask in ticks, of whatever id.
    pub(crate) told_top: Option<(i64, i64)>,
    pub(crate) check: Check,
    pub(crate) epoch: i64,
    pub(crate) event_ns: i64,
    /// When the last update was applied, or the book was begun.
    pub(crate) last_depth: i64,
    pub(crate) stale: bool,
    /// The id at which the book was compared with a bookTicker last.
    pub(crate) checked_id: u64,
    /// A bookTicker agreed with a book that no update has followed yet.
    pub(crate) confirmed: bool,
    pub(crate) crossed_since: Option<i64>,
    pub(crate) last_crossing: i64,
    /// Why the exchange does not trade it.
    pub(crate) halt: Option<Reason>,
    /// Why REST is refused to us, while it is.
    pub(crate) refused: Option<(State, Reason)>,
    pub(crate) state: State,
    pub(crate) reason: Reason,
    pub(crate) state_since: i64,
    pub(crate) status: Stamp,
    pub(crate) published: Option<(Stamp, wire::Book)>,
    pub(crate) top: Top,
    last_trade_id: Option<u64>,
    last_trade_ns: i64,
    /// No trade has come since the connection is up: ids may begin anew.
    trades_begin: bool,
    pub(crate) candles: Candles,
    pub(crate) depth_ask: Ask,
    pub(crate) ticker_ask: Ask,
    pub(crate) info_ask: Ask,
    pub(crate) filters_changed: bool,
    pub(crate) counted: Counted,
}

impl Instrument {
    pub(crate) fn new(
        symbol: &str,
        index: u8,
        tick: Unit,
        lot: Unit,
        candles_from_trades: bool,
    ) -> Self {
        Self {
            symbol: symbol.to_string(),
            index,
            tick,
            lot,
            stage: Stage::Disconnected,
            book: Book::new(),
            sequencer: Sequencer::new(0),
            buffer: Buffer::default(),
            tickers: Tickers::new(),
            told_top: None,
            check: Check::default(),
            epoch: 0,
            event_ns: 0,
            last_depth: 0,
            stale: false,
            checked_id: 0,
            confirmed: false,
            crossed_since: None,
            last_crossing: i64::MIN / 2,
            halt: None,
            refused: None,
            state: State::Disconnected,
            reason: Reason::Starting,
            state_since: 0,
            status: Stamp::default(),
            published: None,
            top: Top::default(),
            last_trade_id: None,
            last_trade_ns: 0,
            trades_begin: true,
            candles: Candles::new(index, candles_from_trades),
            depth_ask: Ask::new(),
            ticker_ask: Ask::new(),
            info_ask: Ask::new(),
            filters_changed: false,
            counted: Counted::default(),
        }
    }

    /// The session begins.
    pub(crate) fn begin(&mut self, moment: &mut Moment<'_>) {
        self.info_ask.want(moment.now + INFO_STEP);
        self.publish_status(moment);
    }

    /// The stream is up: updates wait for a snapshot, which is asked for when the first of them came, or a moment later.
    pub(crate) fn connected(&mut self, moment: &mut Moment<'_>) {
        self.stage = Stage::Buffering;
        self.buffer.clear();
        self.tickers.clear();
        self.told_top = None;
        self.trades_begin = true;
        self.depth_ask.forget();
        self.depth_ask.want(moment.now + SECOND);
        self.candles.connected(moment);
        let reason = if self.epoch == 0 {
            Reason::FirstSnapshot
        } else {
            Reason::ConnectionLost
        };
        self.settle(moment, reason);
    }

    /// The stream is gone, and with it the book.
    pub(crate) fn disconnected(&mut self, moment: &mut Moment<'_>) {
        self.give_up_book(Stage::Disconnected);
        self.depth_ask.forget();
        self.ticker_ask.forget();
        self.settle_and_show(moment, Reason::ConnectionLost);
        self.published = None;
    }

    /// REST is refused to us from now on, or not any more. It is this instrument's state while its book needs REST.
    pub(crate) fn refused(&mut self, moment: &mut Moment<'_>, refused: Option<(State, Reason)>) {
        self.refused = refused;
        let reason = if self.stage == Stage::Disconnected {
            Reason::ConnectionLost
        } else {
            Reason::FirstSnapshot
        };
        if !self.settle_and_show(moment, reason) {
            self.publish_status(moment);
        }
    }

    pub(crate) fn is_unconfirmed(&self) -> bool {
        self.sequencer.is_unconfirmed() && !self.confirmed
    }

    /// A trade, in 10⁻⁸.
    pub(crate) fn trade(
        &mut self,
        moment: &mut Moment<'_>,
        id: u64,
        price: i64,
        qty: i64,
        event_ns: i64,
        sold: bool,
    ) {
        let price = match ticks(self.tick, price) {
            Ok(price) => price,
            Err(error) => return self.malformed(moment, error),
        };
        let qty = lots(self.lot, qty);
        // A smaller id that is younger is no repetition: the exchange counts anew.
        let begins = std::mem::replace(&mut self.trades_begin, false)
            || event_ns > self.last_trade_ns && self.last_trade_ns > 0;
        if self.last_trade_id.is_some_and(|last| id <= last) && !begins {
            self.counted.trade_duplicates += 1;
            return;
        }
        let follows = self.last_trade_id.is_some_and(|last| id == last + 1);
        if let (Some(last), false) = (self.last_trade_id, follows) {
            self.counted.trades_missed += id.saturating_sub(last + 1);
        }
        (self.last_trade_id, self.last_trade_ns) = (Some(id), event_ns);
        self.counted.trades += 1;
        let (instrument, trade_id, aggressor) = (self.index, id as i64, u8::from(sold));
        let trade = wire::Trade {
            instrument,
            event_ns,
            trade_id,
            price,
            qty,
            aggressor,
        };
        moment.publish(Kind::Trade, |bytes, seq, recv_ns| {
            wire::trade(bytes, seq, recv_ns, &trade)
        });
        self.candles.trade(
            moment,
            &Deal {
                event_ns,
                price,
                qty,
                buyer_took: !sold,
                follows,
            },
        );
    }

    /// A kline of the stream, in 10⁻⁸.
    pub(crate) fn kline(&mut self, moment: &mut Moment<'_>, kline: &Kline) {
        match kline.to_units(self.tick, self.lot) {
            Ok(kline) => self.candles.kline(moment, &kline),
            Err(error) => self.malformed(moment, error),
        }
    }

    /// Klines over REST.
    pub(crate) fn klines(
        &mut self,
        moment: &mut Moment<'_>,
        klines: Result<Vec<Kline>, Malformed>,
    ) {
        self.candles.ask.answered();
        let (tick, lot) = (self.tick, self.lot);
        let units = klines.and_then(|rows| {
            rows.iter()
                .map(|row| row.to_units(tick, lot))
                .collect::<Result<Vec<_>, _>>()
        });
        match units {
            Ok(klines) => self.candles.klines(moment, &klines),
            Err(error) => {
                self.malformed(moment, error);
                self.candles
                    .ask
                    .want_after_failure(moment.now, moment.jitter.next());
            }
        }
    }

    /// What exchangeInfo says of it; `None`: the venue does not know it.
    pub(crate) fn rules(&mut self, moment: &mut Moment<'_>, info: Option<&SymbolInfo>) {
        self.info_ask.answered();
        self.info_ask.reset_backoff();
        self.halt = match info.map(|info| info.status) {
            Some(SymbolStatus::Trading) => None,
            Some(SymbolStatus::Halt | SymbolStatus::Other) => Some(Reason::SymbolHalt),
            Some(SymbolStatus::Break) => Some(Reason::SymbolBreak),
            Some(SymbolStatus::CancelOnly) => Some(Reason::CancelOnly),
            None => Some(Reason::Delisted),
        };
        let step = match self.halt {
            None | Some(Reason::Delisted) => INFO_STEP,
            Some(_) => INFO_STEP_HALTED,
        };
        self.info_ask.want(moment.now + step);
        self.announce(moment, Reason::SymbolTrading);
        let changed =
            info.is_some_and(|info| info.tick_e8 != self.tick.e8() || info.lot_e8 != self.lot.e8());
        if changed && !std::mem::replace(&mut self.filters_changed, true) {
            let symbol = self.symbol.clone();
            moment
                .out
                .requests
                .push(crate::output::Request::Restart { symbol });
        }
    }

    /// A message of this instrument could not be used, and nothing is lost by it.
    pub(crate) fn malformed(&mut self, moment: &mut Moment<'_>, error: Malformed) {
        self.counted.malformed += 1;
        moment.problem(Some(self.index), error);
    }

    /// What time brings.
    pub(crate) fn tick(&mut self, moment: &mut Moment<'_>) {
        self.tick_asks(moment);
        if self.stage == Stage::Following {
            self.tick_book(moment);
        }
        if self.state == State::Live && moment.now - self.state_since >= GOOD_AFTER {
            self.depth_ask.reset_backoff();
        }
        self.candles.tick(moment, self.stage != Stage::Disconnected);
    }

    /// Asks again for what was not answered.
    fn tick_asks(&mut self, moment: &mut Moment<'_>) {
        let now = moment.now;
        if self.depth_ask.expired(now) {
            self.no_snapshot(moment);
        }
        for ask in [
            &mut self.ticker_ask,
            &mut self.info_ask,
            &mut self.candles.ask,
        ] {
            if ask.expired(now) {
                ask.want_after_failure(now, moment.jitter.next());
            }
        }
    }

    pub(crate) fn report(&self) -> InstrumentReport {
        InstrumentReport {
            state: self.state,
            reason: self.reason,
            epoch: self.epoch,
            last_id: self.sequencer.last_id(),
            counted: Counted {
                candles_closed: self.candles.closed,
                ..self.counted
            },
        }
    }
}
