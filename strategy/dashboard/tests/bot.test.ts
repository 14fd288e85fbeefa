import { describe, expect, it } from "vitest";
import type { Bot, Signal, Strategy } from "../src/api/types";
import { atSignals, choices } from "../src/charts/plots";
import { type BotFields, changes, creation, problems } from "../src/parts/bot_fields";

const STRATEGY = {
  name: "imbalance",
  parameters: [
    { name: "imbalance_min", type: "number", default: 0.3, minimum: 0, maximum: 1, doc: "" },
    { name: "books", type: "integer", default: 3, minimum: 1, maximum: 10, doc: "" },
  ],
} as unknown as Strategy;
const FIELDS: BotFields = {
  name: "second",
  strategy: "imbalance",
  instruments: ["BTCUSDT"],
  capital: "1000.00",
  parameters: { imbalance_min: "0.25", books: "" },
};

describe("a bot's form", () => {
  it("a right one is sent as it is typed, and defaults are the server's", () => {
    expect([...problems(FIELDS, STRATEGY, ["first"])]).toEqual([]);
    expect(creation(FIELDS, STRATEGY)).toEqual({
      strategy: "imbalance",
      instruments: ["BTCUSDT"],
      capital: "1000.00",
      parameters: { imbalance_min: 0.25 },
    });
  });

  it.each([
    ["name", { name: "Second" }],
    ["name", { name: "first" }],
    ["name", { name: "" }],
    ["instruments", { instruments: [] }],
    ["capital", { capital: "1e3" }],
    ["capital", { capital: "-5" }],
    ["parameters.imbalance_min", { parameters: { imbalance_min: "1.5" } }],
    ["parameters.books", { parameters: { books: "2.5" } }],
    ["parameters.books", { parameters: { books: "many" } }],
  ])("what is wrong with %s is said of it alone", (field, wrong) => {
    expect([...problems({ ...FIELDS, ...wrong }, STRATEGY, ["first"]).keys()]).toEqual([field]);
  });

  it("a change names what differs and nothing else", () => {
    const bot = {
      name: "second",
      instruments: ["BTCUSDT"],
      display: { capital_e8: "1000.00" },
      parameters: { imbalance_min: 0.3, books: 3 },
    } as unknown as Bot;
    expect(changes(FIELDS, STRATEGY, bot)).toEqual({ parameters: { imbalance_min: 0.25 } });
    const same = { ...FIELDS, parameters: { imbalance_min: "0.3", books: "3" } };
    expect(changes(same, STRATEGY, bot)).toEqual({});
    expect(changes({ ...same, capital: "2000" }, STRATEGY, bot)).toEqual({ capital: "2000" });
    const vast = { ...bot, display: { capital_e8: "100000000000.01" } };
    expect(changes({ ...same, capital: "100000000000.01" }, STRATEGY, vast)).toEqual({});
  });
});

describe("what a bot plots", () => {
  const points: [number, number][] = [[60e9, 1.5]];
  const plots = { atr: { unit: "ticks", panel: "own", doc: "range", points } };
  const over = { fast: { unit: "ticks", panel: "price", doc: "fast", points } };
  const bots = [
    { name: "a", instruments: ["BTCUSDT"], indicators: { BTCUSDT: plots } },
    { name: "b", instruments: ["BTCUSDT", "ETHUSDT"], indicators: { BTCUSDT: over, ETHUSDT: plots } },
  ] as unknown as Bot[];

  it("is chosen among all bots of the instrument, each in its place", () => {
    expect(choices("BTCUSDT", bots).map(({ key, over: above }) => [key, above])).toEqual([
      ["a: atr", false],
      ["b: fast", true],
    ]);
    expect(choices("SOLUSDT", bots)).toEqual([]);
  });

  it("is what its signals carry where it tells nothing else", () => {
    const silent = [{ name: "c", instruments: ["BTCUSDT"] }] as unknown as Bot[];
    expect(choices("BTCUSDT", silent).map(({ name, points: none }) => [name, none])).toContainEqual(["atr", []]);
    expect(choices("ETHUSDT", silent)).toEqual([]);
  });

  it("has a past where its signals carry it, of its own bot alone", () => {
    const signals = [
      { symbol: "BTCUSDT", bot: "a", event_ns: 2, atr: 9 },
      { symbol: "BTCUSDT", bot: "b", event_ns: 1, atr: 8 },
    ] as unknown as Signal[];
    const [atr, fast] = choices("BTCUSDT", bots);
    expect(atr && atSignals(atr, "BTCUSDT", signals)).toEqual([[2, 9]]);
    expect(fast && atSignals(fast, "BTCUSDT", signals)).toEqual([]);
  });
});
