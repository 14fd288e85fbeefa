/** Rows of a journal's list, newest first, gathered from pages that are asked one by one. */

export interface Page<Row> {
  readonly items: readonly Row[];
  readonly next: number | null;
}

export const ROWS_MAX = 2_000;

/** Newest first, each once; the earlier list's row counts. */
export function joined<Row>(newer: readonly Row[], older: readonly Row[], id: (row: Row) => number): Row[] {
  const known = new Set(newer.map(id));
  const all = [...newer, ...older.filter((row) => !known.has(id(row)))];
  return all.sort((a, b) => id(b) - id(a)).slice(0, ROWS_MAX);
}

/** What is kept once a newest page has come: it grows with it, so that rows which move out of the newest page stay.
 * More came at once than a page holds: there is a hole between the two, and nothing is kept; the list begins again with
 * the newest page, and older rows can be asked for from there. */
export function grown<Row>(newest: Page<Row>, kept: Page<Row> | null, id: (row: Row) => number): Page<Row> | null {
  if (kept === null) return null;
  const known = new Set(kept.items.map(id));
  const touches = newest.next === null || newest.items.some((row) => known.has(id(row)));
  return touches ? { items: joined(newest.items, kept.items, id), next: kept.next } : null;
}
