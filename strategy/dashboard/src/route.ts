/** Where one is: the part after #, as `#/market?symbol=BTCUSDT&fill=3`. A reload and a link come back to the same place. */
import { signal } from "@preact/signals";

export const PAGES = ["now", "market", "trades", "signals", "risk", "bots", "records", "log"] as const;
export type PageName = (typeof PAGES)[number];

export interface Route {
  readonly page: PageName;
  readonly query: ReadonlyMap<string, string>;
}

/** What a hash means; an unknown page is the first. */
export function readRoute(hash: string): Route {
  const [name = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const page = PAGES.find((known) => known === name) ?? "now";
  return { page, query: new Map(new URLSearchParams(query)) };
}

/** The hash of a page with some of a query; null leaves a key out. */
export function hashOf(page: PageName, query: Iterable<readonly [string, string | null]> = []): string {
  const kept = [...query].filter((pair): pair is readonly [string, string] => pair[1] !== null);
  const text = new URLSearchParams(kept.map(([key, value]) => [key, value])).toString();
  return `#/${page}${text ? `?${text}` : ""}`;
}

export const route = signal<Route>(readRoute(globalThis.location?.hash ?? ""));

/** The same page with `changes` of the query. Opening adds to the history, so that Back closes. */
export function turn(changes: Readonly<Record<string, string | null>>): void {
  const query = new Map<string, string | null>([...route.value.query, ...Object.entries(changes)]);
  location.hash = hashOf(route.value.page, query);
}

export function followHash(): void {
  window.addEventListener("hashchange", () => {
    route.value = readRoute(location.hash);
  });
}
