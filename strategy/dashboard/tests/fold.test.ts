import { describe, expect, it } from "vitest";
import type { Candle } from "../src/api/types";
import { backoff, FIRST_MS, LONGEST_MS } from "../src/live/backoff";
import { Fold, newest } from "../src/live/fold";
import { CANDLES_KEPT, foldMarket, type MarketChange, type MarketMessage, TRADES_KEPT } from "../src/live/market";

function message(seq: number, changes: Partial<MarketMessage> = {}): MarketMessage {
  const feed = { connected: true, state: "live", reason: null, epoch: 1, age_ms: seq };
  return { type: "tick", seq, now_ns: seq, feed, book: null, trades: [], candles: [], ...changes };
}

function candle(open_ns: number, close: number): Candle {
  return { open_ns, open: 1, high: 9, low: 1, close, volume: 1, buy_volume: 1, trades: 1, closed: false, origin: 1 };
}

function trade(id: number) {
  return { trade_id: id, event_ns: id, price: 1, qty: 1, aggressor: "buyer", seq: id };
}

describe("messages folded to frames", () => {
  it("a thousand messages between two frames are drawn once", () => {
    const drawn: number[] = [];
    const due: (() => void)[] = [];
    const fold = new Fold<number, number>(
      (waiting, value) => (waiting ?? 0) + value,
      (value) => drawn.push(value),
      (draw) => due.push(draw),
    );
    for (let number = 0; number < 1_000; number += 1) fold.take(1);
    expect([drawn, due.length]).toEqual([[], 1]);
    due.pop()?.();
    fold.take(7);
    due.pop()?.();
    expect(drawn).toEqual([1_000, 7]);
  });

  it("what is dropped is not drawn, and the next message is", () => {
    const drawn: string[] = [];
    const due: (() => void)[] = [];
    const fold = new Fold<string, string>(
      (_, value) => value,
      (value) => drawn.push(value),
      (draw) => due.push(draw),
    );
    fold.take("of the symbol before");
    fold.drop();
    due.pop()?.();
    fold.take("of this one");
    due.pop()?.();
    expect(drawn).toEqual(["of this one"]);
  });

  it("a hidden page, which has no frames, keeps a bounded amount however long it is hidden", () => {
    let waiting: MarketChange | null = null;
    for (let seq = 1; seq <= 20_000; seq += 1) {
      waiting = foldMarket(waiting, message(seq, { trades: [trade(seq)], candles: [candle(seq, seq)] }));
    }
    expect(waiting?.trades.length).toBe(TRADES_KEPT);
    expect(waiting?.trades.at(-1)?.trade_id).toBe(20_000);
    expect(waiting?.candles.size).toBe(CANDLES_KEPT);
    expect(waiting?.candles.has(20_000)).toBe(true);
    expect(waiting?.ticks).toBe(20_000);
  });

  it("a candle told twice is the later one, a book not told is the one before", () => {
    const book = { seq: 1 } as MarketMessage["book"];
    const first = foldMarket(null, message(1, { book, candles: [candle(60, 5)] }));
    const second = foldMarket(first, message(2, { candles: [candle(60, 6)] }));
    expect([...second.candles.values()].map((one) => one.close)).toEqual([6]);
    expect(second.book).toBe(book);
    expect(second.feed.age_ms).toBe(2);
  });

  it("a snapshot forgets what came before it, and ticks behind it do not unmake it", () => {
    const tick = foldMarket(null, message(1, { trades: [trade(1)], candles: [candle(60, 5)] }));
    const whole = foldMarket(tick, message(2, { type: "snapshot", candles: [candle(120, 7)] }));
    const after = foldMarket(whole, message(3, { candles: [candle(180, 8)] }));
    expect(whole.trades).toEqual([]);
    expect([...after.candles.keys()]).toEqual([120, 180]);
    expect(after.whole).toBe(true);
  });
});

describe("bounds", () => {
  it("the newest stay", () => {
    expect(newest([1, 2, 3], [4, 5], 3)).toEqual([3, 4, 5]);
    expect(newest([1, 2], [3, 4, 5, 6], 3)).toEqual([4, 5, 6]);
    expect(newest([], [], 3)).toEqual([]);
  });

  it("tries come further apart, up to a bound, and never at once", () => {
    for (const chance of [0, 0.5, 1]) {
      const waits = Array.from({ length: 40 }, (_, tries) => backoff(tries, chance));
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(FIRST_MS * 0.75);
      expect(Math.max(...waits)).toBeLessThanOrEqual(LONGEST_MS);
      expect(waits).toEqual([...waits].sort((a, b) => a - b));
    }
  });
});
