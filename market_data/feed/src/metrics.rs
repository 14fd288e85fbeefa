//! What /metrics tells: counters read from the session, and the latency histogram that the hot path fills.

use std::fmt::Write;

use session::Session;
use wire::{Kind, State};

use crate::publisher::Publisher;

/// Upper bounds of the latency buckets in nanoseconds.
const BOUNDS_NS: [i64; 14] = [
    5_000,
    10_000,
    20_000,
    50_000,
    100_000,
    200_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    50_000_000,
    100_000_000,
    1_000_000_000,
];

/// A histogram of fixed buckets: counting is an addition.
#[derive(Clone, Debug, Default)]
pub struct Latency {
    buckets: [u64; BOUNDS_NS.len() + 1],
    sum_ns: u64,
}

impl Latency {
    /// Counts one latency.
    pub fn note(&mut self, latency_ns: i64) {
        let at = BOUNDS_NS.partition_point(|bound| *bound < latency_ns);
        self.buckets[at] += 1;
        self.sum_ns += latency_ns.max(0) as u64;
    }

    fn render(&self, name: &str, help: &str, out: &mut String) {
        head(out, name, "histogram", help);
        let mut total = 0;
        for (bound, count) in BOUNDS_NS.iter().zip(self.buckets) {
            total += count;
            line(
                out,
                &format!("{name}_bucket{{le=\"{}\"}}", *bound as f64 / 1e9),
                total as f64,
            );
        }
        total += self.buckets[BOUNDS_NS.len()];
        line(out, &format!("{name}_bucket{{le=\"+Inf\"}}"), total as f64);
        line(out, &format!("{name}_sum"), self.sum_ns as f64 / 1e9);
        line(out, &format!("{name}_count"), total as f64);
    }
}

/// Frames published, by kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct FrameCounts([u64; 9]);

impl FrameCounts {
    /// Counts one frame.
    pub fn note(&mut self, kind: Kind) {
        self.0[kind as usize] += 1;
    }
}

/// What the shell itself counts.
#[derive(Clone, Debug, Default)]
pub struct ShellCounts {
    /// From the receive stamp of a message to the return of the write that carried its frames.
    pub latency: Latency,
    /// Frames published.
    pub frames: FrameCounts,
    /// True while what comes in is recorded as the configuration asks.
    pub recording: bool,
    /// True if the configuration asks for it.
    pub recording_wanted: bool,
}

/// The whole text of /metrics.
#[must_use]
pub fn render(session: &Session, publisher: &Publisher, shell: &ShellCounts) -> String {
    let mut out = String::with_capacity(16 * 1024);
    render_feed(session, &mut out);
    render_instruments(session, &mut out);
    render_readers(publisher, &mut out);
    head(
        &mut out,
        "qf_market_frames_total",
        "counter",
        "Frames published, by kind.",
    );
    for kind in Kind::ALL {
        let series = format!("qf_market_frames_total{{kind=\"{}\"}}", kind.name());
        line(&mut out, &series, shell.frames.0[*kind as usize] as f64);
    }
    let failed = shell.recording_wanted && !shell.recording;
    value(
        &mut out,
        "qf_market_recording_failed",
        "gauge",
        "1 if the recording stopped before its time.",
        f64::from(failed),
    );
    let help = "From the receipt of a message to the write that carried its frames.";
    shell
        .latency
        .render("qf_market_publish_latency_seconds", help, &mut out);
    out
}

fn render_feed(session: &Session, out: &mut String) {
    let feed = session.feed();
    value(
        out,
        "qf_market_messages_total",
        "counter",
        "Stream messages received.",
        feed.messages as f64,
    );
    value(
        out,
        "qf_market_ignored_total",
        "counter",
        "Messages of a kind that is not used.",
        feed.ignored as f64,
    );
    let help = "Messages that could not be read and name no instrument.";
    value(
        out,
        "qf_market_malformed_total",
        "counter",
        help,
        feed.malformed as f64,
    );
    value(
        out,
        "qf_market_reconnects_total",
        "counter",
        "Connections opened after the first.",
        feed.reconnects as f64,
    );
    let help = "REST weight used in this minute, as the venue says.";
    value(
        out,
        "qf_market_rest_weight",
        "gauge",
        help,
        f64::from(feed.used_weight),
    );
    value(
        out,
        "qf_market_rate_limited_total",
        "counter",
        "REST answers 429.",
        feed.rate_limited as f64,
    );
    value(
        out,
        "qf_market_last_seq",
        "counter",
        "seq of the frame published last.",
        feed.last_seq as f64,
    );
    head(
        out,
        "qf_market_feed_state",
        "gauge",
        "1 for the state of the whole feed.",
    );
    for state in State::ALL {
        let series = format!("qf_market_feed_state{{state=\"{}\"}}", state.name());
        line(out, &series, f64::from(*state == feed.state));
    }
}

fn render_instruments(session: &Session, out: &mut String) {
    let symbols: Vec<&str> = session
        .config()
        .instruments
        .iter()
        .map(|instrument| instrument.symbol.as_str())
        .collect();
    let reports: Vec<_> = (0..symbols.len())
        .map(|index| session.instrument(index))
        .collect();
    head(
        out,
        "qf_market_book_state",
        "gauge",
        "1 for the state of each instrument's book.",
    );
    for (symbol, report) in symbols.iter().zip(&reports) {
        for state in State::ALL {
            let series = format!(
                "qf_market_book_state{{instrument=\"{symbol}\",state=\"{}\"}}",
                state.name()
            );
            line(out, &series, f64::from(*state == report.state));
        }
    }
    type Count = fn(&session::Counted) -> u64;
    let counters: [(&str, &str, Count); 19] = [
        ("depth_messages", "Depth updates received.", |it| {
            it.depth_messages
        }),
        ("depth_levels", "Levels in depth updates.", |it| {
            it.depth_levels
        }),
        (
            "book_ticker_messages",
            "bookTicker messages received.",
            |it| it.book_tickers,
        ),
        (
            "book_ticker_checks",
            "Comparisons of a book's top with a bookTicker.",
            |it| it.book_ticker_checks,
        ),
        ("book_ticker_mismatches", "Those that differed.", |it| {
            it.book_ticker_mismatches
        }),
        (
            "book_tickers_dropped",
            "Tickers that no update of their id followed.",
            |it| it.book_tickers_dropped,
        ),
        (
            "rest_checks",
            "Comparisons of a book with a fresh snapshot.",
            |it| it.rest_checks,
        ),
        ("rest_mismatches", "Those that differed.", |it| {
            it.rest_mismatches
        }),
        (
            "rest_checks_unusable",
            "Snapshots that could not be compared.",
            |it| it.rest_checks_unusable,
        ),
        ("resyncs", "Times a book was built anew.", |it| it.resyncs),
        ("gaps", "Times updates were missing.", |it| it.gaps),
        ("duplicates", "Updates already applied.", |it| it.duplicates),
        (
            "overlaps",
            "Updates that overlapped the one before.",
            |it| it.overlaps,
        ),
        (
            "snapshots_too_old",
            "Snapshots older than the first buffered update.",
            |it| it.snapshots_too_old,
        ),
        ("trades", "Trades published.", |it| it.trades),
        ("trade_duplicates", "Trades already published.", |it| {
            it.trade_duplicates
        }),
        ("trades_missed", "Trade ids that never came.", |it| {
            it.trades_missed
        }),
        ("candles_closed", "Closed candles published.", |it| {
            it.candles_closed
        }),
        (
            "malformed_messages",
            "Messages that could not be read.",
            |it| it.malformed,
        ),
    ];
    for (name, help, count) in counters {
        let name = format!("qf_market_{name}_total");
        head(out, &name, "counter", help);
        for (symbol, report) in symbols.iter().zip(&reports) {
            line(
                out,
                &format!("{name}{{instrument=\"{symbol}\"}}"),
                count(&report.counted) as f64,
            );
        }
    }
}

fn render_readers(publisher: &Publisher, out: &mut String) {
    let counts = publisher.counts();
    value(
        out,
        "qf_market_readers",
        "gauge",
        "Readers connected.",
        publisher.readers() as f64,
    );
    value(
        out,
        "qf_market_queue_bytes",
        "gauge",
        "Bytes that wait for all readers.",
        publisher.waiting() as f64,
    );
    value(
        out,
        "qf_market_queue_bytes_fullest",
        "gauge",
        "Bytes that wait for the slowest.",
        publisher.fullest() as f64,
    );
    let help = "Book frames left out for slow readers.";
    value(
        out,
        "qf_market_frames_skipped_total",
        "counter",
        help,
        publisher.skipped() as f64,
    );
    value(
        out,
        "qf_market_readers_greeted_total",
        "counter",
        "Readers ever connected.",
        counts.greeted as f64,
    );
    head(
        out,
        "qf_market_readers_sent_away_total",
        "counter",
        "Readers sent away, by reason.",
    );
    for (reason, count) in [
        ("too_many_readers", counts.refused),
        ("reader_too_slow", counts.too_slow),
        ("reader_wrote", counts.wrote),
    ] {
        line(
            out,
            &format!("qf_market_readers_sent_away_total{{reason=\"{reason}\"}}"),
            count as f64,
        );
    }
}

fn value(out: &mut String, name: &str, kind: &str, help: &str, value: f64) {
    head(out, name, kind, help);
    line(out, name, value);
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}").expect("a String takes all");
}

fn line(out: &mut String, series: &str, value: f64) {
    writeln!(out, "{series} {value}").expect("a String takes all");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latency_is_counted_in_its_bucket_and_all_above() {
        let mut latency = Latency::default();
        for ns in [-5, 5_000, 5_001, 2_000_000_000] {
            latency.note(ns);
        }
        let mut text = String::new();
        latency.render("x", "y", &mut text);
        assert!(text.contains("x_bucket{le=\"0.000005\"} 2\n"), "{text}");
        assert!(text.contains("x_bucket{le=\"0.00001\"} 3\n"), "{text}");
        assert!(
            text.contains("x_bucket{le=\"+Inf\"} 4\n") && text.contains("x_count 4\n"),
            "{text}"
        );
    }
}
