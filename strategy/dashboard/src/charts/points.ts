/** Rows of the API as points of a chart. Coordinates are floats, as pixels are; no text is made of them. Pure. */
import type { Candle, Fill, Signal } from "../api/types";

const NS = 1e9;
export const MARKS_MAX = 400;

export interface Mark {
  readonly time: number;
  readonly kind: "fill" | "signal";
  readonly side: string;
  /** Of the newest that it stands for. */
  readonly id: string;
  /** How many of its kind and side there are in its minute. */
  readonly many: number;
}

export function seconds(ns: number): number {
  return Math.floor(ns / NS);
}

/** Of the minute in which a moment lies. */
export function minute(ns: number): number {
  return Math.floor(ns / (60 * NS)) * 60;
}

export function bar(candle: Candle, tick: number) {
  return {
    time: seconds(candle.open_ns),
    open: candle.open * tick,
    high: candle.high * tick,
    low: candle.low * tick,
    close: candle.close * tick,
  };
}

/** Marks of a symbol's fills, and if asked of its signals that became no order; one for all of a kind and side in a minute.
 * The newest MARKS_MAX, oldest first. */
export function marks(symbol: string, fills: readonly Fill[], signals: readonly Signal[], refused: boolean): Mark[] {
  const made = new Map<string, Mark>();
  const add = (kind: Mark["kind"], side: string, ns: number, number: number) => {
    const time = minute(ns);
    const place = `${time} ${kind} ${side}`;
    const before = made.get(place);
    // Newest first: the first that comes gives the mark its id.
    made.set(
      place,
      before ? { ...before, many: before.many + 1 } : { time, kind, side, id: `${kind}-${number}`, many: 1 },
    );
  };
  for (const fill of fills) {
    if (fill.symbol === symbol) add("fill", fill.side, fill.event_ns, fill.fill);
  }
  for (const signal of refused ? signals : []) {
    if (signal.symbol === symbol && signal.outcome !== "ordered")
      add("signal", signal.side, signal.event_ns, signal.signal);
  }
  return [...made.values()].sort((a, b) => a.time - b.time).slice(-MARKS_MAX);
}

/** One value for each `step` of time, a second or a minute: the later of two, in order. */
export function line(
  points: readonly (readonly [number, number])[],
  step: (ns: number) => number = seconds,
): { time: number; value: number }[] {
  const kept = new Map<number, number>();
  for (const [ns, value] of points) kept.set(step(ns), value);
  return [...kept].sort((a, b) => a[0] - b[0]).map(([time, value]) => ({ time, value }));
}
