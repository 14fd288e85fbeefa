import { describe, expect, it } from "vitest";
import type { LiveResult } from "../src/api/types";
import { basisPoints, intervals, resultWords } from "../src/charts/intervals";

const EXPECTED = { expected_mean: 0.0004, expected_low: 0.0002, expected_high: 0.0006 };

function result(mean: number | null, low: number | null = null, high: number | null = null): LiveResult {
  return { ...EXPECTED, mean, low, high } as LiveResult;
}

describe("live results against expectations", () => {
  it("share one scale that holds zero and every end, in their order", () => {
    const { zero, rows } = intervals([result(-0.003, -0.004, -0.002), result(0.0005)]);
    const [bad, few] = rows;
    const places = [bad?.live?.low, bad?.live?.mean, bad?.live?.high, zero, bad?.expected.low, bad?.expected.high];
    expect(places).toEqual([...places].sort((a, b) => Number(a) - Number(b)));
    expect(places[0]).toBeGreaterThan(0);
    expect(places[5]).toBeLessThan(1);
    expect(few?.live).toMatchObject({ low: null, high: null });
    expect(few?.expected).toEqual(bad?.expected);
  });

  it("have no bar before the first trip, and nothing at all is no division by zero", () => {
    expect(intervals([result(null)]).rows[0]?.live).toBeNull();
    expect(intervals([]).zero).toBeGreaterThan(0);
    const nothing = { expected_mean: 0, expected_low: 0, expected_high: 0, mean: 0, low: 0, high: 0 } as LiveResult;
    expect(Number.isFinite(intervals([nothing]).rows[0]?.live?.mean)).toBe(true);
  });

  it("are said in hundredths of a percent with their sign", () => {
    expect([0.00041, -0.003, 0.0000001, -0.0000001].map(basisPoints)).toEqual(["+4.1", "−30.0", "0.0", "0.0"]);
    expect(resultWords(result(-0.003, -0.004, -0.002))).toBe(
      "live −30.0 (−40.0 to −20.0); expected +4.0 (+2.0 to +6.0)",
    );
    expect(resultWords(result(0.001))).toContain("too few for an interval");
    expect(resultWords(result(null))).toBe("no trip has ended; expected +4.0 (+2.0 to +6.0)");
  });
});
