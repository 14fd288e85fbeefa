import { describe, expect, it } from "vitest";
import { grown, joined, type Page, ROWS_MAX } from "../src/live/rows";

interface Row {
  readonly n: number;
  readonly from: string;
}

const id = (row: Row) => row.n;

function page(newest: number, many: number, next: number | null, from = "newest"): Page<Row> {
  return { items: Array.from({ length: many }, (_, place) => ({ n: newest - place, from })), next };
}

describe("rows of several pages", () => {
  it("stand once, newest first, as the newer page has them", () => {
    const rows = joined(page(5, 3, 3).items, page(4, 4, null, "older").items, id);
    expect(rows.map((row) => `${row.n} ${row.from}`)).toEqual([
      "5 newest",
      "4 newest",
      "3 newest",
      "2 older",
      "1 older",
    ]);
  });

  it("are bounded: the newest stay", () => {
    const rows = joined(page(5_000, 100, 4_901).items, page(4_900, 3_000, 1_901).items, id);
    expect(rows.length).toBe(ROWS_MAX);
    expect(rows[0]?.n).toBe(5_000);
  });

  it("stay when they move out of the newest page", () => {
    let kept: Page<Row> | null = page(100, 100, 1, "older");
    for (let newest = 101; newest <= 400; newest += 30) kept = grown(page(newest, 50, newest - 49), kept, id);
    expect(kept?.next).toBe(1);
    expect(kept?.items.map(id)).toEqual(Array.from({ length: 371 }, (_, place) => 371 - place));
  });

  it("are not shown with a hole: more rows than a page holds came at once", () => {
    expect(grown(page(300, 50, 251), page(100, 100, 1), id)).toBeNull();
    expect(grown(page(60, 60, null), page(5, 5, 1), id)?.items.length).toBe(60);
  });

  it("nothing is kept before older ones were asked for", () => {
    expect(grown(page(300, 50, 251), null, id)).toBeNull();
  });
});
