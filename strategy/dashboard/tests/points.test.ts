import { describe, expect, it } from "vitest";
import type { Fill, Signal } from "../src/api/types";
import { line, MARKS_MAX, marks, minute } from "../src/charts/points";

const MINUTE = 60e9;

function fill(number: number, at: number, side: "buy" | "sell", symbol = "BTCUSDT"): Fill {
  return { fill: number, event_ns: at, side, symbol } as Fill;
}

function signal(number: number, at: number, outcome: string): Signal {
  return { signal: number, event_ns: at, outcome, side: "buy", symbol: "BTCUSDT" } as Signal;
}

describe("marks on the candles", () => {
  it("many fills of a minute are one mark that says how many, and opens the newest", () => {
    const fills = [fill(4, 70e9, "buy"), fill(3, 65e9, "sell"), fill(2, 61e9, "buy"), fill(1, 5e9, "buy", "ETHUSDT")];
    expect(marks("BTCUSDT", fills, [], false)).toEqual([
      { time: 60, kind: "fill", side: "buy", id: "fill-4", many: 2 },
      { time: 60, kind: "fill", side: "sell", id: "fill-3", many: 1 },
    ]);
  });

  it("signals are marked where they became no order, if one asks", () => {
    const signals = [signal(9, 130e9, "spread_too_wide"), signal(8, 70e9, "ordered")];
    expect(marks("BTCUSDT", [], signals, false)).toEqual([]);
    expect(marks("BTCUSDT", [], signals, true).map((mark) => mark.id)).toEqual(["signal-9"]);
  });

  it("are bounded, and in order of time", () => {
    const fills = Array.from({ length: 2 * MARKS_MAX }, (_, at) => fill(at, (2 * MARKS_MAX - at) * MINUTE, "buy"));
    const made = marks("BTCUSDT", fills, [], false);
    expect(made.length).toBe(MARKS_MAX);
    expect(made.map((mark) => mark.time)).toEqual(made.map((mark) => mark.time).sort((a, b) => a - b));
    expect(made.at(-1)?.id).toBe("fill-0");
  });
});

it("a line has one value for each step of time, the later one, in order", () => {
  const points = [
    [3e9, 3],
    [1.2e9, 1],
    [1.9e9, 2],
  ] as const;
  expect(line(points)).toEqual([
    { time: 1, value: 2 },
    { time: 3, value: 3 },
  ]);
  expect(line(points, minute)).toEqual([{ time: 0, value: 2 }]);
});
