import { expect, it } from "vitest";
import { refusal } from "../src/api/client";
import { hashOf, PAGES, readRoute } from "../src/route";

it("every page and query comes back from its own address", () => {
  for (const page of PAGES) {
    const route = readRoute(
      hashOf(page, [
        ["symbol", "BTC/USDT"],
        ["fill", "3"],
        ["gone", null],
      ]),
    );
    expect(route.page).toBe(page);
    expect([...route.query]).toEqual([
      ["symbol", "BTC/USDT"],
      ["fill", "3"],
    ]);
  }
});

it("an address that nobody made is the first page", () => {
  expect(["", "#", "#/nowhere", "#/../etc?x"].map((hash) => readRoute(hash).page)).toEqual(Array(4).fill("now"));
});

it("a refusal keeps the API's name for it, whatever form its detail has", () => {
  expect(refusal(409, { error: "key_reused", detail: "other content" }).message).toBe("key_reused: other content");
  expect(refusal(400, { error: "bad_request", detail: [{ parameter: "limit", problem: "too large" }] }).detail).toBe(
    "limit: too large",
  );
  expect(refusal(502, "<html>").error).toBe("status_502");
});
