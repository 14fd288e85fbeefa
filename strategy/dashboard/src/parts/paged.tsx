/** A list of the journal page by page: the newest is asked again and again, older ones when one asks for them. */
import { useEffect, useState } from "preact/hooks";
import { get, Refused } from "../api/client";
import { useResource } from "../live/resource";
import { grown, joined, type Page, ROWS_MAX } from "../live/rows";

export interface Paged<Row> {
  readonly rows: readonly Row[];
  readonly error: Refused | null;
  readonly asked: boolean;
  /** Asks for the page before the oldest; null: there is none, or as many as are shown at once. */
  readonly more: (() => Promise<void>) | null;
}

const PAGE = 100;

/** `id` grows with time: what the newest page has is not shown twice. */
export function usePaged<Row>(path: string, everyMs: number, id: (row: Row) => number): Paged<Row> {
  const { value, error } = useResource<Page<Row>>(`${path}?limit=${PAGE}`, everyMs);
  const [older, setOlder] = useState<Page<Row> | null>(null);
  const [failed, setFailed] = useState<Refused | null>(null);
  useEffect(() => {
    if (value) setOlder((kept) => grown(value, kept, id));
  }, [value]);
  const rows = joined(value?.items ?? [], older?.items ?? [], id);
  const next = older ? older.next : (value?.next ?? null);
  const more = async () => {
    try {
      // From the oldest row on, so that rows which moved out of the newest page meanwhile are not missing.
      const page = await get<Page<Row>>(`${path}?limit=${PAGE}&before=${next}`);
      setOlder({ items: joined(rows, page.items, id), next: page.next });
      setFailed(null);
    } catch (failure) {
      if (!(failure instanceof Refused)) throw failure;
      setFailed(failure);
    }
  };
  const ends = next === null || rows.length >= ROWS_MAX;
  return { rows, error: failed ?? error, asked: value !== null, more: ends ? null : more };
}

export function More({ more }: { more: Paged<unknown>["more"] }) {
  if (!more) return null;
  return (
    <p class="empty">
      <button type="button" class="button small" onClick={() => void more()}>
        Older ones
      </button>
    </p>
  );
}
