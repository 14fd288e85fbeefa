//! The socket in a live feed: fast, slow, blocked, writing and too many readers.

mod support;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use capture::{Endpoint, Input, Record};
use feed::publisher::{Publisher, READERS_MAX, SocketEvent};
use feed::reader_queue::READER_QUEUE_BYTES_END;
use session::{Clock, Config, FiltersFrom, Instrument, Output, Session};
use support::market::{Market, START};
use support::{WAIT, frames};
use wire::{Body, Ending};

/// A live session of one made-up market and the publisher of its frames.
struct Stage {
    session: Session,
    market: Market,
    publisher: Publisher,
    output: Output,
    now_ns: i64,
    _directory: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let publisher =
            Publisher::bind(&directory.path().join("market.sock")).expect("nobody else is there");
        let config = Config {
            build: "test".into(),
            session: "test".into(),
            venue: "sim".into(),
            simulated: true,
            clock: Clock::Wall,
            instruments: vec![Instrument {
                symbol: "BTCUSDT".into(),
                base: "BTC".into(),
                quote: "USDT".into(),
                tick_e8: 1_000_000,
                lot_e8: 100_000,
                qty_min_lots: 1,
                qty_max_lots: 0,
                notional_min_e8: 0,
                filters_from: FiltersFrom::Config,
            }],
            publish_levels: 20,
            snapshot_limit: 1_000,
            imbalance_decay_ppm: 700_000,
            stale_after_ms: 5_000,
            crossed_resync_ms: 1_000,
            rest_check_seconds: 0,
            candle_seed: 0,
            candles_from_trades: true,
            jitter_seed: 1,
        };
        let mut stage = Self {
            session: Session::new(config).expect("a sound configuration"),
            market: Market::new("BTCUSDT", 1),
            publisher,
            output: Output::new(),
            now_ns: START,
            _directory: directory,
        };
        stage.take(Input::Connected { connection: 1 });
        let text = stage.market.depth(stage.now_ns).into_bytes();
        stage.take(Input::Message {
            connection: 1,
            text,
        });
        let body = stage.market.snapshot().into_bytes();
        stage.take(Input::Rest {
            endpoint: Endpoint::Depth,
            symbol: "BTCUSDT".into(),
            status: 200,
            retry_after_s: 0,
            used_weight: 0,
            body,
        });
        stage.output.clear();
        stage
    }

    fn take(&mut self, input: Input) {
        self.now_ns += 1_000;
        self.session.on_record(
            &Record {
                recv_ns: self.now_ns,
                input,
            },
            &mut self.output,
        );
    }

    /// Publishes so many depth updates, each with a trade.
    fn publish(&mut self, updates: usize) {
        for _ in 0..updates {
            let (depth, trade) = (
                self.market.depth(self.now_ns),
                self.market.trade(self.now_ns),
            );
            self.take(Input::Message {
                connection: 1,
                text: depth.into_bytes(),
            });
            self.take(Input::Message {
                connection: 1,
                text: trade.into_bytes(),
            });
        }
        self.send();
        self.output.clear();
    }

    /// Publishes what the output holds.
    fn send(&mut self) {
        let session = &self.session;
        self.publisher.publish(&self.output, false, || {
            let mut goodbye = Vec::new();
            session.goodbye_to_one(Ending::ReaderTooSlow, &mut goodbye);
            goodbye
        });
    }

    /// A reader that was greeted, or sent away if there are too many.
    async fn reader(&mut self) -> UnixStream {
        let stream = UnixStream::connect(self.path()).expect("the publisher listens");
        stream
            .set_read_timeout(Some(WAIT))
            .expect("a socket takes a timeout");
        loop {
            if let SocketEvent::Came(came) = self.publisher.event().await {
                let mut bytes = Vec::new();
                if self.publisher.has_room() {
                    self.session.hello(&mut bytes);
                    self.session.catch_up(&mut bytes);
                    self.publisher.greet(came, &bytes);
                } else {
                    self.session
                        .goodbye_to_one(Ending::TooManyReaders, &mut bytes);
                    self.publisher.refuse(came, &bytes);
                }
                return stream;
            }
        }
    }

    fn path(&self) -> std::path::PathBuf {
        Path::new(self._directory.path()).join("market.sock")
    }

    async fn settle(&mut self) {
        let quiet = std::time::Duration::from_millis(100);
        while tokio::time::timeout(quiet, self.publisher.event())
            .await
            .is_ok()
        {}
    }
}

/// Reads on a thread until the end or until nothing comes for a moment.
fn read(mut stream: UnixStream) -> std::thread::JoinHandle<Vec<u8>> {
    stream
        .set_read_timeout(Some(std::time::Duration::from_millis(500)))
        .expect("a socket takes a timeout");
    std::thread::spawn(move || {
        let (mut bytes, mut chunk) = (Vec::new(), vec![0; 1 << 16]);
        while let Ok(count @ 1..) = stream.read(&mut chunk) {
            bytes.extend_from_slice(&chunk[..count]);
        }
        bytes
    })
}

#[tokio::test]
async fn a_late_reader_gets_the_present_and_then_what_comes() {
    let mut stage = Stage::new();
    stage.publish(10);
    let reader = read(stage.reader().await);
    stage.publish(5);
    stage.settle().await;
    let bytes = reader.join().expect("it read");
    let got = frames(&bytes);
    let Body::Hello { head, .. } = &got[0].body else {
        panic!("the first frame is Hello")
    };
    let live = &got[1 + head.catch_up as usize..];
    assert_eq!(live[0].seq, head.next_seq);
    assert_eq!(
        live.iter()
            .filter(|frame| matches!(frame.body, Body::Book { .. }))
            .count(),
        5
    );
    assert!(
        got[1..=head.catch_up as usize]
            .iter()
            .any(|frame| matches!(frame.body, Body::Book { .. }))
    );
}

#[tokio::test]
async fn a_slow_reader_is_told_which_books_it_did_not_get_and_a_fast_one_gets_all() {
    let mut stage = Stage::new();
    let slow = stage.reader().await;
    let fast = stage.reader().await;
    fast.set_read_timeout(Some(WAIT))
        .expect("a socket takes a timeout");
    let fast = read(fast);
    let updates = 200;
    for _ in 0..100 {
        stage.publish(updates);
        tokio::time::timeout(std::time::Duration::from_millis(2), stage.publisher.event())
            .await
            .ok();
    }
    let slow = read(slow);
    stage.settle().await;
    let (fast, slow) = (fast.join().expect("it read"), slow.join().expect("it read"));
    let seqs = |bytes: &[u8]| {
        frames(bytes)[1..]
            .iter()
            .map(|frame| frame.seq)
            .collect::<Vec<_>>()
    };
    assert!(
        seqs(&fast).windows(2).all(|pair| pair[1] == pair[0] + 1),
        "the fast reader has a hole"
    );

    let got = frames(&slow);
    let trades = |got: &[wire::Frame<'_>]| {
        got.iter()
            .filter(|it| matches!(it.body, Body::Trade(_)))
            .count()
    };
    assert_eq!(
        trades(&got),
        trades(&frames(&fast)),
        "trades are never left out"
    );
    let mut missing: i64 = 0;
    let mut expected = None;
    let mut skipped: Option<(i64, i64, i64)> = None;
    for frame in &got[1..] {
        if let Body::Skipped { from, count } = frame.body {
            assert_eq!(Some(from), expected);
            skipped = Some((from, frame.seq, count));
            continue;
        }
        if let Some(expected) = expected {
            let hole = frame.seq - expected;
            assert!(
                hole == 0 || skipped.is_some_and(|(_, to, _)| frame.seq <= to + 1),
                "an unexplained hole"
            );
            missing += hole;
        }
        expected = Some(frame.seq + 1);
    }
    let (_, _, count) = skipped.expect("books were left out");
    assert_eq!(missing, count);
    assert_eq!(stage.publisher.skipped(), count as u64);
    assert_eq!(got[got.len() - 1].seq, *seqs(&fast).last().expect("frames"));
}

#[tokio::test]
async fn a_reader_that_never_reads_is_sent_away_and_the_others_stay() {
    let mut stage = Stage::new();
    let blocked = stage.reader().await;
    let other = read({
        let stream = stage.reader().await;
        stream
            .set_read_timeout(Some(WAIT))
            .expect("a socket takes a timeout");
        stream
    });
    for _ in 0..2_000 {
        let trade = stage.market.trade(stage.now_ns).into_bytes();
        stage.take(Input::Message {
            connection: 1,
            text: trade,
        });
    }
    let mut published = 0;
    while stage.publisher.readers() == 2 {
        stage.send();
        published += stage.output.bytes().len();
        assert!(stage.publisher.waiting() <= READER_QUEUE_BYTES_END + 8 * 1024 * 1024);
        tokio::time::timeout(std::time::Duration::from_millis(2), stage.publisher.event())
            .await
            .ok();
        assert!(
            published < 2 * READER_QUEUE_BYTES_END,
            "the bound must hold"
        );
    }
    assert_eq!(stage.publisher.counts().too_slow, 1);
    let blocked = read(blocked);
    stage.settle().await;
    let bytes = blocked.join().expect("it read");
    let last = frames(&bytes).pop().expect("frames").body;
    assert!(
        matches!(
            last,
            Body::Goodbye {
                reason: Ending::ReaderTooSlow,
                ..
            }
        ),
        "{last:?}"
    );
    assert_eq!(stage.publisher.readers(), 1);
    drop(stage);
    other.join().expect("it read");
}

#[tokio::test]
async fn a_reader_that_writes_is_disconnected() {
    let mut stage = Stage::new();
    let mut writer = stage.reader().await;
    writer.write_all(b"x").expect("the socket takes it");
    stage.settle().await;
    assert_eq!(
        (stage.publisher.readers(), stage.publisher.counts().wrote),
        (0, 1)
    );
}

#[tokio::test]
async fn one_reader_too_many_is_told_so_and_there_is_room_again_when_one_leaves() {
    let mut stage = Stage::new();
    let mut readers = Vec::new();
    for _ in 0..READERS_MAX {
        readers.push(stage.reader().await);
    }
    let refused = read(stage.reader().await).join().expect("it read");
    let got = frames(&refused);
    assert!(matches!(
        got[..],
        [wire::Frame {
            body: Body::Goodbye {
                reason: Ending::TooManyReaders,
                ..
            },
            ..
        }]
    ));
    readers.pop();
    stage.settle().await;
    let welcome = read(stage.reader().await).join().expect("it read");
    assert!(matches!(frames(&welcome)[0].body, Body::Hello { .. }));
}
