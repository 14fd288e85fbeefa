/** The journal's events as they come over /ws/events, the newest kept. */
import { useEffect, useState } from "preact/hooks";
import { byFrame, Fold, newest } from "./fold";
import { Socket } from "./socket";

export const EVENTS_KEPT = 300;

export interface JournalEvent {
  readonly seq: number;
  readonly session: number;
  readonly event_ns: number;
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

interface Message {
  readonly items: readonly JournalEvent[];
}

/** Oldest first, at most EVENTS_KEPT; from `after` on, null: not before it is known. */
export function useEvents(after: number | null): readonly JournalEvent[] {
  const [events, setEvents] = useState<readonly JournalEvent[]>([]);
  useEffect(() => {
    if (after === null) return;
    let seq = after;
    const fold = new Fold<Message, readonly JournalEvent[]>(
      (waiting, message) => newest(waiting ?? [], message.items, EVENTS_KEPT),
      (fresh) => setEvents((before) => newest(before, fresh, EVENTS_KEPT)),
      byFrame,
    );
    const socket = new Socket(
      "/ws/events",
      {
        open: () => undefined,
        message: (value) => {
          if (typeof value.seq === "number" && value.type !== "hello") seq = value.seq;
          if (value.type === "events") fold.take(value as unknown as Message);
        },
      },
      () => `?after=${seq}`,
    );
    return () => {
      socket.close();
      fold.drop();
    };
  }, [after]);
  return events;
}
