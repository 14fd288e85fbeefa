import { describe, expect, it } from "vitest";
import {
  cost,
  count,
  decimalText,
  exact,
  floored,
  grouped,
  money,
  negated,
  parseE8,
  percent,
  placesOf,
  plain,
  precise,
  signOf,
  sum,
  unitsText,
} from "../src/format/decimal";

describe("integers of a scale as text", () => {
  it.each([
    [0n, 8, 2, "0.00"],
    [1n, 8, 2, "0.00000001"],
    [-1n, 8, 2, "-0.00000001"],
    [123450n, 4, 0, "12.345"],
    [-6_611_000_000n, 8, 2, "-66.11"],
    [4_611_686_018_427_387_903n, 8, 2, "46116860184.27387903"],
    [5n, 0, 0, "5"],
  ])("%s of 10^-%s", (value, places, least, text) => {
    expect(decimalText(value, places, least)).toBe(text);
  });

  it("text and integer are each other's inverse at every magnitude a program can hold", () => {
    for (let bit = 0n; bit < 62n; bit += 1n) {
      for (const value of [2n ** bit, -(2n ** bit), 2n ** bit - 1n, 10n ** (bit % 19n) + 7n]) {
        expect(parseE8(decimalText(value, 8))).toBe(value);
      }
    }
  });

  it("a number that has lost digits is not shown as if it had not", () => {
    expect(exact(2 ** 53)).toBeNull();
    expect(exact(0.1)).toBeNull();
    expect([Number.MAX_SAFE_INTEGER, 2 ** 62, null].map(count)).toEqual(["9,007,199,254,740,991", "–", "–"]);
    expect(unitsText(2 ** 53, 1)).toBe("–");
  });

  it("ticks and lots have the places of their unit", () => {
    expect(unitsText(6_183_764, 1_000_000)).toBe("61837.64");
    expect(unitsText(6_183_700, 1_000_000)).toBe("61837.00");
    expect(unitsText(125, 10_000)).toBe("0.0125");
    expect(unitsText(-3, 100_000_000)).toBe("-3");
    expect([1, 10, 1_000, 1_000_000, 100_000_000, 50_000_000].map(placesOf)).toEqual([8, 7, 5, 2, 0, 1]);
  });
});

it.each([
  [0.3, "0.3"],
  [-2, "-2"],
  [1e-7, "0.0000001"],
  [-1.25e-9, "-0.00000000125"],
  [1.5e21, "1500000000000000000000"],
])("a parameter %s is written as one can type it", (value, text) => {
  expect(plain(value)).toBe(text);
  expect(Number(text)).toBe(value);
});

describe("money on a screen", () => {
  it.each([
    ["-66.11000001", "−66.12"],
    ["9933.89", "9,933.89"],
    ["1234567.899", "1,234,567.89"],
    ["-0.00000001", "−0.01"],
    ["0.009", "0.00"],
  ])("%s is rounded against us", (text, shown) => {
    expect(money(text)).toBe(shown);
  });

  it("a gain has its plus, a loss its minus, nothing neither", () => {
    expect(money("12.3", true)).toBe("+12.30");
    expect(money("-12.3", true)).toBe("−12.30");
    expect(money("0.00", true)).toBe("0.00");
    expect(money(null, true)).toBe("–");
  });

  it("sums are exact where floats are not", () => {
    expect(sum("0.1", "0.2")).toBe("0.30");
    expect(sum("46116860184.27387903", "-0.00000001")).toBe("46116860184.27387902");
    expect(sum("1", null)).toBeNull();
    expect(negated("-1.5")).toBe("1.50");
  });

  it("keeps every digit when it is asked to", () => {
    expect(precise("1616.2312334")).toBe("1,616.2312334");
    expect(precise(undefined)).toBe("–");
    expect(floored("1.999", 0)).toBe("1");
    expect(grouped("no number")).toBe("no number");
    expect(["0.00000001", "-0.00000001", "0", "x", null].map(signOf)).toEqual([1, -1, 0, 0, 0]);
  });
});

it("a fee is never shown smaller than it was", () => {
  expect(["0.0374105", "0.00", "1.50", "1234.561", null].map(cost)).toEqual(["0.04", "0.00", "1.50", "1,234.57", "–"]);
});

describe("shares of a limit", () => {
  it.each([
    [0, "0.00 %"],
    [1, "0.01 %"],
    [123_456, "12.35 %"],
    [1_000_000, "100.00 %"],
    [null, "–"],
  ])("%s millionths never look smaller than they are", (ppm, text) => {
    expect(percent(ppm)).toBe(text);
  });
});
