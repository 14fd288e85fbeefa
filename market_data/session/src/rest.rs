//! What a session asks over REST, within its weight, and what becomes of the answers.

use crate::feed::Feed;
use crate::instrument::Instrument;
use crate::output::Request;
use crate::publish::Moment;
use capture::Endpoint;
use venue::{ExchangeInfo, VenueError, parse_book_ticker, parse_klines, parse_venue_error};
use wire::Reason;

/// What came back, without what concerns the whole address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) endpoint: Endpoint,
    /// 0: none came.
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

impl Feed {
    /// Sends every request that is due and that the weight allows; what it does not allow stays due.
    pub(crate) fn send_requests(&mut self, moment: &mut Moment<'_>) {
        let (limit, now) = (moment.settings.snapshot_limit, moment.now);
        for instrument in &mut self.instruments {
            let Instrument {
                symbol,
                depth_ask,
                ticker_ask,
                info_ask,
                candles,
                ..
            } = instrument;
            let from_ms = candles.wanted_from_ms();
            let asks = [
                (Endpoint::Depth, depth_ask, venue::depth_weight(limit)),
                (Endpoint::Klines, &mut candles.ask, venue::KLINES_WEIGHT),
                (Endpoint::BookTicker, ticker_ask, venue::BOOK_TICKER_WEIGHT),
                (
                    Endpoint::ExchangeInfo,
                    info_ask,
                    venue::EXCHANGE_INFO_WEIGHT,
                ),
            ];
            for (endpoint, ask, weight) in asks {
                if !ask.is_due(now) || !self.weight.allows(now, weight) {
                    continue;
                }
                self.weight.spend(now, weight);
                ask.sent(now);
                let path = match endpoint {
                    Endpoint::Depth => venue::depth_path(symbol, limit),
                    Endpoint::Klines => venue::klines_path(symbol, from_ms),
                    Endpoint::BookTicker => venue::book_ticker_path(symbol),
                    Endpoint::ExchangeInfo => venue::exchange_info_path(symbol),
                };
                moment.out.requests.push(Request::Fetch {
                    endpoint,
                    symbol: symbol.clone(),
                    path,
                });
            }
        }
    }

    /// The answer to a request, or its failure.
    pub(crate) fn rest_answer(
        &mut self,
        moment: &mut Moment<'_>,
        symbol: &str,
        answer: Answer<'_>,
    ) {
        let Answer {
            endpoint,
            status,
            body,
        } = answer;
        if endpoint == Endpoint::ExchangeInfo && status == 200 {
            return self.exchange_info(moment, symbol, body);
        }
        let Some(place) = self
            .instruments
            .iter()
            .position(|instrument| instrument.symbol == symbol)
        else {
            return;
        };
        let instrument = &mut self.instruments[place];
        if status != 200 {
            return refused(instrument, moment, endpoint, status, body);
        }
        match endpoint {
            Endpoint::Depth => instrument.snapshot(moment, body, &mut self.update),
            Endpoint::Klines => instrument.klines(moment, parse_klines(body)),
            Endpoint::BookTicker => match parse_book_ticker(body) {
                Ok(ticker) if instrument.rest_ticker(moment, &ticker) => {
                    self.connections.change(moment.now, Reason::NoDepth);
                }
                Ok(_) => {}
                Err(error) => {
                    instrument.malformed(moment, error);
                    instrument
                        .ticker_ask
                        .want_after_failure(moment.now, moment.jitter.next());
                }
            },
            Endpoint::ExchangeInfo => {}
        }
    }

    /// exchangeInfo: of one symbol, or (`symbol` empty) of all.
    fn exchange_info(&mut self, moment: &mut Moment<'_>, symbol: &str, body: &[u8]) {
        let asked = |instrument: &Instrument| symbol.is_empty() || instrument.symbol == symbol;
        match ExchangeInfo::parse(body) {
            Ok(info) => {
                if let Some(limit) = info.weight_limit {
                    self.weight.set_limit(limit);
                }
                for instrument in self
                    .instruments
                    .iter_mut()
                    .filter(|instrument| asked(instrument))
                {
                    let rules = info.symbol(&instrument.symbol).cloned();
                    instrument.rules(moment, rules.as_ref());
                }
            }
            Err(error) => {
                for instrument in self
                    .instruments
                    .iter_mut()
                    .filter(|instrument| asked(instrument))
                {
                    instrument.malformed(moment, error);
                    instrument
                        .info_ask
                        .want_after_failure(moment.now, moment.jitter.next());
                }
            }
        }
    }
}

/// A request of one instrument that failed.
fn refused(
    instrument: &mut Instrument,
    moment: &mut Moment<'_>,
    endpoint: Endpoint,
    status: u16,
    body: &[u8],
) {
    let unknown_symbol =
        parse_venue_error(body).is_some_and(|error: VenueError| error.is_unknown_symbol());
    if unknown_symbol {
        instrument.rules(moment, None);
    }
    match endpoint {
        Endpoint::Depth => {
            instrument.depth_ask.answered();
            instrument.no_snapshot(moment);
            if status == 429 && instrument.state == wire::State::Resyncing {
                instrument.announce(moment, Reason::RateLimited);
            }
        }
        Endpoint::Klines => instrument
            .candles
            .ask
            .want_after_failure(moment.now, moment.jitter.next()),
        Endpoint::BookTicker => instrument
            .ticker_ask
            .want_after_failure(moment.now, moment.jitter.next()),
        Endpoint::ExchangeInfo if unknown_symbol => {}
        Endpoint::ExchangeInfo => instrument
            .info_ask
            .want_after_failure(moment.now, moment.jitter.next()),
    }
}
