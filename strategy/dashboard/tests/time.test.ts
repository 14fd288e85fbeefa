import { expect, it } from "vitest";
import { ago, clock, day, duration, moment, when } from "../src/format/time";

/** As JSON.parse reads it: some hundred nanoseconds are lost, and no millisecond. */
const AT = Number("1795643105204951230");

it("moments are UTC", () => {
  expect(moment(AT)).toBe("2026-11-25 21:45:05");
  expect(clock(AT, true)).toBe("21:45:05.204");
  expect(day(AT)).toBe("2026-11-25");
  expect(moment(0)).toBe("–");
});

it("a table names the day only where it is another", () => {
  expect(when(AT, AT / 1e6 + 1_000)).toBe("21:45:05");
  expect(when(AT, AT / 1e6 + 86_400_000)).toBe("11-25 21:45:05");
});

it.each([
  [640, "640 ns"],
  [41_200, "41.2 µs"],
  [31_426_633, "31.4 ms"],
  [3_200_000_000, "3.2 s"],
  [250e9, "4 min 10 s"],
  [10_920e9, "3 h 2 min"],
  [439_200e9, "5 d 2 h"],
])("%s ns as %s", (ns, text) => {
  expect(duration(ns)).toBe(text);
});

it("a moment ahead by a clock's error is now", () => {
  expect(ago(AT, AT / 1e6 - 50)).toBe("now");
  expect(ago(AT, AT / 1e6 + 12_400)).toBe("12 s ago");
});
