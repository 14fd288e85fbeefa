/** One instrument's market as it comes over /ws/market/{symbol}: ticks are folded to animation frames, series bounded. */
import type { Book, Candle } from "../api/types";
import { newest } from "./fold";

export const TRADES_KEPT = 60;
export const CANDLES_KEPT = 1_500;

export interface MarketTrade {
  readonly trade_id: number;
  readonly event_ns: number;
  readonly price: number;
  readonly qty: number;
  readonly aggressor: string;
  readonly seq: number;
}

export interface Feed {
  readonly connected: boolean;
  readonly state: string;
  readonly reason: string | null;
  readonly epoch: number;
  readonly age_ms: number | null;
}

/** A `snapshot` (all of it) or a `tick` (what changed). */
export interface MarketMessage {
  readonly type: string;
  readonly seq: number;
  readonly now_ns: number;
  readonly feed: Feed;
  readonly book: Book | null;
  readonly trades: readonly MarketTrade[];
  readonly candles: readonly Candle[];
}

/** What one frame draws. `whole`: the candles are all there are, and not changes. */
export interface MarketChange {
  readonly whole: boolean;
  readonly seq: number;
  readonly feed: Feed;
  readonly book: Book | null;
  readonly trades: readonly MarketTrade[];
  readonly candles: Map<number, Candle>;
  readonly ticks: number;
}

/** A message joined to what waits for the frame, whose candles it takes over. A snapshot forgets what came before it. */
export function foldMarket(waiting: MarketChange | null, message: MarketMessage): MarketChange {
  const whole = message.type === "snapshot";
  const before = whole ? null : waiting;
  const candles = before?.candles ?? new Map<number, Candle>();
  for (const candle of message.candles) candles.set(candle.open_ns, candle);
  for (const oldest of candles.keys()) {
    if (candles.size <= CANDLES_KEPT) break;
    candles.delete(oldest);
  }
  return {
    whole: whole || (before?.whole ?? false),
    seq: message.seq,
    feed: message.feed,
    book: message.book ?? before?.book ?? null,
    trades: newest(before?.trades ?? [], message.trades, TRADES_KEPT),
    candles,
    ticks: (before?.ticks ?? 0) + 1,
  };
}
