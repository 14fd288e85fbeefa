/** Intervals on one common scale, in shares of its width, and log returns as hundredths of a percent. Pure. */
import type { LiveResult } from "../api/types";

/** A share of the width from 0 to 1; `low` and `high` are null where only the mean is known. */
export interface Bar {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

export interface Row {
  readonly expected: Bar;
  readonly live: Bar | null;
}

export interface Scale {
  readonly zero: number;
  readonly rows: readonly Row[];
}

const MARGIN = 0.06;
const BASIS_POINTS = 10_000;
const MINUS = "−";

/** Every result of one bot on the same scale, which always holds zero. */
export function intervals(results: readonly LiveResult[]): Scale {
  const values = results.flatMap((one) =>
    [one.expected_low, one.expected_high, one.mean, one.low, one.high].filter((value) => value !== null),
  );
  const least = Math.min(0, ...values);
  const width = Math.max(0, ...values) - least || 1;
  const at = (value: number) => MARGIN + ((value - least) / width) * (1 - 2 * MARGIN);
  const shown = (value: number | null) => (value === null ? null : at(value));
  return {
    zero: at(0),
    rows: results.map((one) => ({
      expected: { mean: at(one.expected_mean), low: at(one.expected_low), high: at(one.expected_high) },
      live: one.mean === null ? null : { mean: at(one.mean), low: shown(one.low), high: shown(one.high) },
    })),
  };
}

/** 0.00041 → "+4.1": hundredths of a percent, with a true minus. */
export function basisPoints(value: number): string {
  const text = Math.abs(value * BASIS_POINTS).toFixed(1);
  if (text === "0.0") return text;
  return `${value < 0 ? MINUS : "+"}${text}`;
}

/** Both in words, for who does not see the bars. */
export function resultWords(one: LiveResult): string {
  const expected = `expected ${basisPoints(one.expected_mean)} (${basisPoints(one.expected_low)} to ${basisPoints(one.expected_high)})`;
  if (one.mean === null) return `no trip has ended; ${expected}`;
  const held =
    one.low === null || one.high === null
      ? "too few for an interval"
      : `${basisPoints(one.low)} to ${basisPoints(one.high)}`;
  return `live ${basisPoints(one.mean)} (${held}); ${expected}`;
}
