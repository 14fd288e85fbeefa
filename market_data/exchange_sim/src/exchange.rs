//! One exchange: a market, the faults on top of it, and its answers. Pure: time comes in, messages and answers go out.

use crate::counts::Counts;
use crate::faults::injected::injected;
use crate::faults::kind::{Fault, FaultError};
use crate::faults::rest::RestFaults;
use crate::faults::script::{Order, Script};
use crate::faults::stage::Stage;
use crate::listing::{Listing, Status};
use crate::market::event::MarketEvent;
use crate::market::generator::Generator;
use crate::market::instrument::STEP_NS;
use crate::outgoing::{Outgoing, What};
use crate::playback::player::{PlayError, Played, Player};
use crate::protocol::payload::{Text, server_shutdown};
use crate::protocol::streams::StreamSet;
use crate::protocol::weight::Weight;
use crate::truth::BookAt;

/// How far ids fall back when the engine restarts, if the fault does not say.
const RESTART_IDS: u32 = 1_000_000;
/// Close code of a connection that ends because its server goes.
const GOING_AWAY: u16 = 1001;

/// Where the prices come from.
pub enum Market {
    /// The generator.
    Generated(Generator),
    /// A recording.
    Recorded(Box<Player>),
}

/// The exchange.
pub struct Exchange {
    market: Market,
    stages: Vec<Stage>,
    pub(crate) rest_faults: RestFaults,
    pub(crate) weight: Weight,
    script: Script,
    /// What was sent, asked and done.
    pub counts: Counts,
    refused_connections: u32,
    close_at_ns: Option<i64>,
    opened_ns: i64,
    events: Vec<MarketEvent>,
    played: Vec<Played>,
}

/// Why a fault cannot happen.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// A symbol that is not listed.
    #[error("symbol: {0} is not listed here")]
    Symbol(String),
    /// A fault that asks for more than there is.
    #[error(transparent)]
    Fault(#[from] FaultError),
}

impl Exchange {
    /// An exchange that opens now.
    pub fn new(market: Market, script: Script, now_ns: i64) -> Self {
        let symbols = listings(&market).count();
        Self {
            market,
            stages: (0..symbols).map(|_| Stage::default()).collect(),
            rest_faults: RestFaults::default(),
            weight: Weight::default(),
            script,
            counts: Counts::default(),
            refused_connections: 0,
            close_at_ns: None,
            opened_ns: now_ns,
            events: Vec::new(),
            played: Vec::new(),
        }
    }

    /// The market.
    pub fn market(&self) -> &Market {
        &self.market
    }

    /// The symbols, by index.
    pub fn listings(&self) -> impl Iterator<Item = &Listing> {
        listings(&self.market)
    }

    /// Index of a symbol.
    pub fn symbol(&self, name: &str) -> Option<usize> {
        self.listings()
            .position(|listing| listing.spec.symbol == name && listing.status != Status::Delisted)
    }

    /// What the exchange knows of a symbol.
    pub fn listing(&self, symbol: usize) -> &Listing {
        match &self.market {
            Market::Generated(generator) => generator.listing(symbol),
            Market::Recorded(player) => player.listing(symbol),
        }
    }

    /// The exchange's own time: the clock's, or the recording's.
    pub fn market_ns(&self) -> i64 {
        match &self.market {
            Market::Generated(generator) => generator.now_ns(),
            Market::Recorded(player) => player.now_ns(),
        }
    }

    /// Lets a generated market live up to `now_ns`; a recorded one stands still.
    pub fn generate(&mut self, now_ns: i64, out: &mut Vec<Outgoing>) {
        loop {
            let Market::Generated(generator) = &mut self.market else {
                return;
            };
            let at_ns = generator.now_ns();
            if at_ns + STEP_NS > now_ns {
                break;
            }
            // One step at a time, so that the book after an event is the book now.
            generator.advance(
                (at_ns + STEP_NS).max(now_ns - crate::market::generator::CATCH_UP_NS),
                &mut self.events,
            );
            self.send_events(out);
            self.run_due(now_ns, out);
        }
    }

    /// Plays messages received until `until_ns`, at most so many. False once the recording is over.
    pub fn play(
        &mut self,
        until_ns: i64,
        messages_max: usize,
        now_ns: i64,
        out: &mut Vec<Outgoing>,
    ) -> Result<bool, PlayError> {
        for _ in 0..messages_max {
            let Market::Recorded(player) = &mut self.market else {
                return Ok(true);
            };
            // One message at a time, for the same reason.
            player.play(until_ns, 1, &mut self.played)?;
            let Some(Played { event, text }) = self.played.pop() else {
                break;
            };
            self.send(event, text, out);
            // After each message, so that `at_message` is met exactly.
            self.run_due(now_ns, out);
        }
        self.run_due(now_ns, out);
        Ok(!matches!(&self.market, Market::Recorded(player) if player.ended()))
    }

    /// More valid depth events at once; only a generated market has them.
    pub fn burst(&mut self, messages: u32, out: &mut Vec<Outgoing>) {
        for _ in 0..messages {
            let Market::Generated(generator) = &mut self.market else {
                return;
            };
            generator.burst(&mut self.events);
            self.send_events(out);
        }
    }

    /// Makes a fault happen.
    pub fn take(
        &mut self,
        order: &Order,
        now_ns: i64,
        out: &mut Vec<Outgoing>,
    ) -> Result<(), OrderError> {
        order.fault.check()?;
        let symbols = match &order.symbol {
            None => (0..self.stages.len()).collect(),
            Some(name) => vec![
                self.position(name)
                    .ok_or_else(|| OrderError::Symbol(name.clone()))?,
            ],
        };
        if !self.rest_faults.push(&order.fault)? && !self.take_whole(&order.fault, now_ns, out) {
            for &symbol in &symbols {
                self.take_for(&order.fault, symbol, out);
            }
        }
        self.counts.fault(order.fault.name());
        Ok(())
    }

    /// Whether a new connection is to be dropped at once.
    pub fn refuses_connection(&mut self) -> bool {
        self.counts.connections += 1;
        let refused = self.refused_connections > 0;
        self.refused_connections = self.refused_connections.saturating_sub(1);
        refused
    }

    /// The true book of a symbol now, or as it stood at an update id.
    pub fn truth(&self, symbol: usize, id: Option<i64>) -> Option<BookAt> {
        let truth = &self.listing(symbol).truth;
        match id {
            None if truth.id() == 0 => None,
            None => Some(BookAt {
                id: truth.id(),
                levels: truth.levels().clone(),
            }),
            Some(id) => truth.at_id(id),
        }
    }

    /// A symbol's index, delisted or not.
    fn position(&self, name: &str) -> Option<usize> {
        self.listings()
            .position(|listing| listing.spec.symbol == name)
    }

    /// What concerns the exchange as a whole. False for a fault of single symbols.
    fn take_whole(&mut self, fault: &Fault, now_ns: i64, out: &mut Vec<Outgoing>) -> bool {
        match *fault {
            Fault::AcceptThenClose { connections } => self.refused_connections += connections,
            Fault::ServerShutdown { close_after_ms } => {
                let what = What::Text(server_shutdown(self.market_ns()));
                out.push(Outgoing {
                    to: StreamSet::EVERYONE,
                    what,
                });
                self.close_at_ns = close_after_ms.map(|ms| now_ns + i64::from(ms) * 1_000_000);
            }
            _ => return false,
        }
        true
    }

    fn take_for(&mut self, fault: &Fault, symbol: usize, out: &mut Vec<Outgoing>) {
        let market_ns = self.market_ns();
        if let Some(message) = injected(fault, &self.listing(symbol).spec.symbol, symbol, market_ns)
        {
            out.push(message);
            return;
        }
        match (fault, &mut self.market) {
            (Fault::EngineRestart { ids }, Market::Generated(generator)) => {
                let ids = i64::from(ids.unwrap_or(RESTART_IDS));
                generator.instrument_mut(symbol).restart_ids(ids);
            }
            (Fault::EngineRestart { ids }, Market::Recorded(player)) => {
                player.restart_ids(symbol, i64::from(ids.unwrap_or(RESTART_IDS)));
            }
            (Fault::InstrumentStatus { status }, Market::Generated(generator)) => {
                generator.instrument_mut(symbol).listing.status = *status;
            }
            (Fault::InstrumentStatus { status }, Market::Recorded(player)) => {
                player.set_status(symbol, *status)
            }
            _ => {
                let taken = self.stages[symbol].take(fault, symbol, market_ns, out);
                debug_assert!(taken, "every fault has its place");
            }
        }
    }

    fn run_due(&mut self, now_ns: i64, out: &mut Vec<Outgoing>) {
        let elapsed_ms = u64::try_from((now_ns - self.opened_ns) / 1_000_000).unwrap_or(0);
        for order in self.script.due(elapsed_ms, self.counts.messages) {
            if let Err(reason) = self.take(&order, now_ns, out) {
                self.counts.refused_orders.push(reason.to_string());
            }
        }
        if self.close_at_ns.is_some_and(|at| at <= now_ns) {
            self.close_at_ns = None;
            out.push(Outgoing {
                to: StreamSet::EVERYONE,
                what: What::Close(GOING_AWAY),
            });
        }
    }

    fn send_events(&mut self, out: &mut Vec<Outgoing>) {
        let mut events = std::mem::take(&mut self.events);
        for event in events.drain(..) {
            self.send(event, None, out);
        }
        self.events = events;
    }

    fn send(&mut self, event: MarketEvent, text: Option<Text>, out: &mut Vec<Outgoing>) {
        let Self { market, stages, .. } = self;
        let listing = match market {
            Market::Generated(generator) => generator.listing(event.symbol),
            Market::Recorded(player) => player.listing(event.symbol),
        };
        let first = out.len();
        stages[event.symbol].pass(event, text, &listing.spec, listing.truth.levels(), out);
        out[first..]
            .iter()
            .for_each(|outgoing| self.counts.sent(outgoing.to));
    }
}

fn listings(market: &Market) -> Box<dyn Iterator<Item = &Listing> + '_> {
    match market {
        Market::Generated(generator) => {
            Box::new(generator.instruments().iter().map(|one| &one.listing))
        }
        Market::Recorded(player) => Box::new(player.listings().iter()),
    }
}
