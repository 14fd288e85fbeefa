//! The whole feed: which message goes to which instrument, and what concerns them all.

use crate::config::Config;
use crate::connections::{Change, Connections};
use crate::instrument::Instrument;
use crate::publish::{Moment, SECOND};
use crate::report::FeedReport;
use venue::{Forbidden, Malformed, Message, Unit, Update, Weight, parse_message};
use wire::{Counters, Kind, Reason, State};

/// Instruments, connections, REST weight.
#[derive(Debug)]
pub(crate) struct Feed {
    pub(crate) instruments: Vec<Instrument>,
    pub(crate) connections: Connections,
    pub(crate) weight: Weight,
    /// What the feed as a whole was last said to be refused for.
    refused: Option<(State, Reason)>,
    /// Levels of the message at hand.
    pub(crate) update: Update,
    messages: u64,
    ignored: u64,
    malformed: u64,
    rate_limited: u64,
}

impl Feed {
    /// `config` was checked.
    pub(crate) fn new(config: &Config) -> Self {
        let instruments = config
            .instruments
            .iter()
            .enumerate()
            .map(|(index, instrument)| {
                let unit =
                    |e8| Unit::new(e8).expect("the configuration was checked: it is positive");
                let (tick, lot) = (unit(instrument.tick_e8), unit(instrument.lot_e8));
                Instrument::new(
                    &instrument.symbol,
                    index as u8,
                    tick,
                    lot,
                    config.candles_from_trades,
                )
            });
        Self {
            instruments: instruments.collect(),
            connections: Connections::new(config.instruments.len()),
            weight: Weight::default(),
            refused: None,
            update: Update::default(),
            messages: 0,
            ignored: 0,
            malformed: 0,
            rate_limited: 0,
        }
    }

    /// The first record is at hand.
    pub(crate) fn begin(&mut self, moment: &mut Moment<'_>) {
        self.connections.begin(moment.now);
        self.instruments
            .iter_mut()
            .for_each(|instrument| instrument.begin(moment));
    }

    /// A stream connection is up.
    pub(crate) fn connected(&mut self, moment: &mut Moment<'_>, connection: u32) {
        let change = self
            .connections
            .connected(moment.now, connection, moment.jitter.next());
        self.changed(moment, change);
    }

    /// One message of a stream.
    #[inline(always)]
    pub(crate) fn message(&mut self, moment: &mut Moment<'_>, connection: u32, text: &[u8]) {
        if !self.connections.heard(moment.now, connection) {
            self.ignored += 1;
            return;
        }
        self.messages += 1;
        let single = self.connections.is_single();
        let mut update = std::mem::take(&mut self.update);
        match parse_message(text, &mut update) {
            Ok(Message::Depth {
                symbol,
                first_id,
                last_id,
                event_ns,
            }) => {
                if let Some(instrument) = self.find(symbol) {
                    let ids = (first_id, last_id);
                    instrument.depth(moment, ids, event_ns, &mut update, single);
                    let index = instrument.index;
                    self.after_depth(moment, connection, index);
                }
            }
            Ok(Message::Trade {
                symbol,
                trade_id,
                price_e8,
                qty_e8,
                event_ns,
                buyer_is_maker,
            }) => {
                if let Some(instrument) = self.find(symbol) {
                    instrument.trade(moment, trade_id, price_e8, qty_e8, event_ns, buyer_is_maker);
                }
            }
            Ok(Message::Ticker { symbol, ticker }) => {
                if let Some(instrument) = self.find(symbol) {
                    instrument.ticker(moment, &ticker);
                }
            }
            Ok(Message::Kline { symbol, kline }) => {
                if let Some(instrument) = self.find(symbol) {
                    instrument.kline(moment, &kline);
                }
            }
            Ok(Message::ServerShutdown) => {
                self.connections.change(moment.now, Reason::ServerShutdown)
            }
            Ok(Message::Answer { .. } | Message::Unknown) => self.ignored += 1,
            Err(error) => self.message_malformed(moment, text, error),
        }
        self.update = update;
    }

    /// The instrument of that symbol; one that is none of ours is counted as ignored.
    #[inline(always)]
    fn find(&mut self, symbol: &[u8]) -> Option<&mut Instrument> {
        let found = self
            .instruments
            .iter_mut()
            .find(|instrument| instrument.symbol.as_bytes() == symbol);
        if found.is_none() {
            self.ignored += 1;
        }
        found
    }

    #[inline(always)]
    fn after_depth(&mut self, moment: &mut Moment<'_>, connection: u32, index: u8) {
        self.connections.heard_depth(connection, index);
        if self.instruments[usize::from(index)]
            .depth_ask
            .is_due(moment.now)
        {
            self.send_requests(moment);
        }
    }

    /// A message that cannot be read. If its stream's name can, it is its instrument's: a depth update that cannot be
    /// read is one that is missing.
    #[cold]
    fn message_malformed(&mut self, moment: &mut Moment<'_>, text: &[u8], error: Malformed) {
        let stream = venue::stream_of(text);
        let named = stream.and_then(|(symbol, kind)| {
            let of_symbol = |instrument: &&mut Instrument| {
                instrument.symbol.as_bytes().eq_ignore_ascii_case(symbol)
            };
            Some((self.instruments.iter_mut().find(of_symbol)?, kind))
        });
        match named {
            Some((instrument, kind)) if kind.starts_with(b"depth") => {
                instrument.depth_malformed(moment, error)
            }
            Some((instrument, _)) => instrument.malformed(moment, error),
            None => {
                self.malformed += 1;
                moment.problem(None, error);
            }
        }
        self.send_requests(moment);
    }

    /// A stream connection is gone, or was refused.
    pub(crate) fn disconnected(&mut self, moment: &mut Moment<'_>, connection: u32, reason: &str) {
        if let Some((status, retry_after_s)) = refused_by(reason) {
            self.answered(moment, status, 0, retry_after_s);
            if status == TOO_MANY_REQUESTS {
                self.connections.hold(self.weight.forbidden_until());
            }
        }
        let change = self
            .connections
            .disconnected(moment.now, connection, moment.jitter.next());
        self.changed(moment, change);
    }

    /// The feed as a whole went up or down.
    fn changed(&mut self, moment: &mut Moment<'_>, change: Change) {
        match change {
            Change::None => {}
            Change::Up => self
                .instruments
                .iter_mut()
                .for_each(|instrument| instrument.connected(moment)),
            Change::Down => self
                .instruments
                .iter_mut()
                .for_each(|instrument| instrument.disconnected(moment)),
        }
    }

    /// What forbids REST now is told of the whole feed, and then again what each instrument is: the feed's word is not
    /// theirs, a book that follows its stream needs no REST.
    fn tell_refusal(&mut self, moment: &mut Moment<'_>) {
        let refused = match self.weight.forbidden_now(moment.now) {
            Some(Forbidden::Banned) => Some((State::Banned, Reason::Http418)),
            Some(Forbidden::RestrictedPlace) => Some((State::GeoBlocked, Reason::Http451)),
            Some(Forbidden::Refused) => Some((State::GeoBlocked, Reason::Http403)),
            Some(Forbidden::RateLimited) | None => None,
        };
        if refused == self.refused {
            return;
        }
        let (state, reason) = match (refused, self.refused) {
            (Some(told), _) => told,
            (None, Some((_, reason))) => (State::Resyncing, reason),
            (None, None) => return,
        };
        self.refused = refused;
        moment.publish(Kind::Status, |bytes, seq, recv_ns| {
            wire::status(bytes, seq, recv_ns, None, state, reason, 0);
        });
        self.instruments
            .iter_mut()
            .for_each(|instrument| instrument.refused(moment, refused));
    }

    /// What time brings.
    pub(crate) fn tick(&mut self, moment: &mut Moment<'_>) {
        self.tell_refusal(moment);
        let allowed = self.refused.is_none();
        let change = self.connections.tick(moment, allowed);
        self.changed(moment, change);
        self.instruments
            .iter_mut()
            .for_each(|instrument| instrument.tick(moment));
        self.send_requests(moment);
        if moment.now - moment.numbers.last_ns >= SECOND {
            moment.publish(Kind::Heartbeat, wire::heartbeat);
        }
    }

    /// A status came from the venue, over REST or as a refused handshake.
    pub(crate) fn answered(
        &mut self,
        moment: &mut Moment<'_>,
        status: u16,
        used_weight: u32,
        retry_after_s: u32,
    ) {
        if self
            .weight
            .answered(moment.now, status, used_weight, retry_after_s)
            == Some(Forbidden::RateLimited)
        {
            self.rate_limited += 1;
        }
        self.tell_refusal(moment);
    }

    pub(crate) fn counters(&self) -> Vec<Counters> {
        self.instruments
            .iter()
            .map(|instrument| instrument.report().counted.goodbye())
            .collect()
    }

    pub(crate) fn report(&self, last_seq: i64) -> FeedReport {
        let (state, reason) = match (self.refused, self.connections.is_up()) {
            (Some(refused), _) => refused,
            (None, true) => (State::Live, Reason::SnapshotApplied),
            (None, false) if self.messages == 0 => (State::Disconnected, Reason::Starting),
            (None, false) => (State::Disconnected, Reason::ConnectionLost),
        };
        FeedReport {
            state,
            reason,
            last_seq,
            messages: self.messages,
            ignored: self.ignored,
            malformed: self.malformed,
            reconnects: self.connections.reconnects(),
            used_weight: self.weight.used(),
            rate_limited: self.rate_limited,
        }
    }
}

/// It forbids no REST place, so nothing else keeps the next handshake back.
const TOO_MANY_REQUESTS: u16 = 429;

/// The status of a refused handshake and the seconds that the venue told to wait, 0 if it told none.
fn refused_by(reason: &str) -> Option<(u16, u32)> {
    let told = reason.strip_prefix("http_")?;
    let (status, seconds) = told.split_once(" after ").unwrap_or((told, "0"));
    Some((status.parse().ok()?, seconds.parse().unwrap_or(0)))
}
