//! Faults of the streams: what one symbol's messages go through on their way out.

use super::kind::{DUPLICATE_EVENTS_MAX, Fault};
use super::mutation::{Crossing, duplicate_price, same_price_both_sides, zero_unknown};
use super::rewrite::Rewrite;
use crate::levels::Levels;
use crate::market::event::{Content, Depth, MarketEvent};
use crate::market::spec::Spec;
use crate::outgoing::{Outgoing, What};
use crate::protocol::payload::{DepthStyle, Text, depth_message, kind, message};
use crate::protocol::streams::{STREAM_KINDS, StreamKind, StreamSet};
use std::collections::VecDeque;

/// Ticks by which a crossed book's bid stands above the best ask.
const CROSSED_TICKS: i64 = 1;

/// The way out of one symbol's messages.
#[derive(Debug, Default)]
pub struct Stage {
    drop_depths: u32,
    fragment_depths: u32,
    stalled_until_ns: i64,
    /// By kind of stream.
    silent_until_ns: [i64; STREAM_KINDS.len()],
    rewrites: Vec<Rewrite>,
    crossing: Option<Crossing>,
    next: VecDeque<Change>,
    swap: bool,
    held: Option<Text>,
    sent: VecDeque<Text>,
}

/// What is done to the next depth event that it can be done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    ZeroUnknown,
    DuplicatePrice,
    SamePriceBothSides,
    Style(DepthStyle),
}

impl Stage {
    /// Takes a fault of the streams; what has to be sent at once is added to `out`. False if it is of another kind.
    pub fn take(
        &mut self,
        fault: &Fault,
        symbol: usize,
        now_ns: i64,
        out: &mut Vec<Outgoing>,
    ) -> bool {
        match *fault {
            Fault::Silence { stream, ms } => {
                self.silent_until_ns[stream as usize] = now_ns + i64::from(ms) * 1_000_000;
            }
            Fault::Rewrite(ref rewrite) => self.rewrites.push(rewrite.clone()),
            Fault::Gap { events } => self.drop_depths += events,
            Fault::Fragmented { events } => self.fragment_depths += events,
            Fault::Stall { ms } => self.stalled_until_ns = now_ns + i64::from(ms) * 1_000_000,
            Fault::Crossed { events } => self.crossing = Some(Crossing::new(events, CROSSED_TICKS)),
            Fault::Locked { events } => self.crossing = Some(Crossing::new(events, 0)),
            Fault::Swap {} => self.swap = true,
            Fault::ZeroUnknown {} => self.next.push_back(Change::ZeroUnknown),
            Fault::DuplicatePrice {} => self.next.push_back(Change::DuplicatePrice),
            Fault::SamePriceBothSides {} => self.next.push_back(Change::SamePriceBothSides),
            Fault::MissingField {} => self
                .next
                .push_back(Change::Style(DepthStyle::WithoutLastId)),
            Fault::WrongCase {} => self.next.push_back(Change::Style(DepthStyle::WrongCase)),
            Fault::ExtraField {} => self.next.push_back(Change::Style(DepthStyle::ExtraField)),
            Fault::Duplicate { events } => {
                let again = self.sent.len().saturating_sub(events as usize);
                out.extend(
                    self.sent
                        .iter()
                        .skip(again)
                        .map(|text| depth_out(symbol, What::Text(text.clone()))),
                );
            }
            _ => return false,
        }
        true
    }

    /// An event on its way out. `text` is how it came, if it was recorded; `levels` the true book after it.
    pub fn pass(
        &mut self,
        event: MarketEvent,
        text: Option<Text>,
        spec: &Spec,
        levels: &Levels,
        out: &mut Vec<Outgoing>,
    ) {
        let stream = kind(&event.content);
        let silent_ns = self
            .stalled_until_ns
            .max(self.silent_until_ns[stream as usize]);
        if event.time_ns < silent_ns {
            return;
        }
        if stream != StreamKind::Depth {
            let to = StreamSet::one(event.symbol, stream);
            let text = text.unwrap_or_else(|| message(&spec.symbol, &event));
            let text = self.rewritten(stream, &spec.symbol, text);
            out.push(Outgoing {
                to,
                what: What::Text(text),
            });
            return;
        }
        if self.drop_depths > 0 {
            self.drop_depths -= 1;
            return;
        }
        let symbol = event.symbol;
        let text = self.changed(event, text, spec, levels);
        self.remember(&text);
        let text = self.rewritten(StreamKind::Depth, &spec.symbol, text);
        if self.swap {
            self.swap = false;
            self.held = Some(text);
            return;
        }
        out.push(depth_out(symbol, self.form(text)));
        if let Some(held) = self.held.take() {
            out.push(depth_out(symbol, What::Text(held)));
        }
    }

    fn changed(
        &mut self,
        event: MarketEvent,
        text: Option<Text>,
        spec: &Spec,
        levels: &Levels,
    ) -> Text {
        let time_ns = event.time_ns;
        let plain =
            |event: &MarketEvent| text.clone().unwrap_or_else(|| message(&spec.symbol, event));
        if self.crossing.is_none() && self.next.is_empty() {
            return plain(&event);
        }
        let Content::Depth(mut depth) = event.content else {
            return plain(&event);
        };
        if let Some(crossing) = &mut self.crossing
            && !crossing.apply(&mut depth, levels, spec.tick_e8, spec.lot_e8)
        {
            self.crossing = None;
        }
        let style = self.change(&mut depth, spec, levels);
        depth_message(&spec.symbol, time_ns, &depth, style)
    }

    /// The first change that waits, if this event allows it; else it waits for the next one.
    fn change(&mut self, depth: &mut Depth, spec: &Spec, levels: &Levels) -> DepthStyle {
        let (done, style) = match self.next.front() {
            None => (false, DepthStyle::Plain),
            Some(Change::ZeroUnknown) => {
                (zero_unknown(depth, levels, spec.tick_e8), DepthStyle::Plain)
            }
            Some(Change::DuplicatePrice) => {
                (duplicate_price(depth, spec.lot_e8), DepthStyle::Plain)
            }
            Some(Change::SamePriceBothSides) => (same_price_both_sides(depth), DepthStyle::Plain),
            Some(Change::Style(style)) => (true, *style),
        };
        if done {
            self.next.pop_front();
        }
        style
    }

    /// The message after every rewriting of its stream that finds its field.
    fn rewritten(&mut self, stream: StreamKind, symbol: &str, mut text: Text) -> Text {
        for rewrite in self.rewrites.iter_mut().filter(|one| one.stream == stream) {
            if let Some(changed) = rewrite.apply(symbol, &text) {
                text = changed;
                rewrite.messages -= 1;
            }
        }
        self.rewrites.retain(|rewrite| rewrite.messages > 0);
        text
    }

    fn form(&mut self, text: Text) -> What {
        if self.fragment_depths == 0 {
            return What::Text(text);
        }
        self.fragment_depths -= 1;
        What::Fragmented(text)
    }

    fn remember(&mut self, text: &Text) {
        if self.sent.len() == DUPLICATE_EVENTS_MAX as usize {
            self.sent.pop_front();
        }
        self.sent.push_back(text.clone());
    }
}

fn depth_out(symbol: usize, what: What) -> Outgoing {
    Outgoing {
        to: StreamSet::one(symbol, StreamKind::Depth),
        what,
    }
}
