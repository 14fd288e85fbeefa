/** Answers of the API that are asked again and again, once for all who show them. While the page is hidden nobody asks;
 * when an answer fails the last one stays, marked as old, and the asking goes on until it succeeds. */
import { type Signal, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, Refused } from "../api/client";
import { backoff } from "./backoff";

export interface Answered<T> {
  readonly value: T | null;
  /** The name of what went wrong at the last try; null: it succeeded. */
  readonly error: Refused | null;
  /** This machine's clock at the last success, milliseconds; 0 before it. */
  readonly atMs: number;
}

interface Asked {
  readonly answer: Signal<Answered<unknown>>;
  readonly everyMs: number;
  watchers: number;
  timer: number;
  tries: number;
}

const NOTHING: Answered<never> = { value: null, error: null, atMs: 0 };
const asked = new Map<string, Asked>();

/** Whether the server answers: false from the first silence until the next answer. */
export const reachable = signal(true);
/** The token is wrong or missing: the page asks for another. */
export const tokenRefused = signal(false);

/** The answer to GET `path`, asked every `everyMs` while a part that shows it is there; `null` asks nothing. */
export function useResource<T>(path: string | null, everyMs: number): Answered<T> {
  const one = path === null ? null : entry(path, everyMs);
  useEffect(() => {
    if (path === null) return;
    const shown = entry(path, everyMs);
    shown.watchers += 1;
    if (shown.watchers === 1) void ask(path, shown);
    return () => {
      shown.watchers -= 1;
      if (shown.watchers > 0) return;
      clearTimeout(shown.timer);
      asked.delete(path);
    };
  }, [path, everyMs]);
  return (one?.answer.value ?? NOTHING) as Answered<T>;
}

/** Asks everything that is shown at once: after a command, or when the server is back. */
export function askAgain(): void {
  for (const [path, one] of asked) {
    clearTimeout(one.timer);
    void ask(path, one);
  }
}

function entry(path: string, everyMs: number): Asked {
  const known = asked.get(path);
  if (known) return known;
  const made: Asked = { answer: signal<Answered<unknown>>(NOTHING), everyMs, watchers: 0, timer: 0, tries: 0 };
  asked.set(path, made);
  return made;
}

async function ask(path: string, one: Asked): Promise<void> {
  if (document.hidden) {
    later(path, one, one.everyMs);
    return;
  }
  try {
    const value = await get<unknown>(path);
    const back = !reachable.value;
    reachable.value = true;
    one.tries = 0;
    one.answer.value = { value, error: null, atMs: Date.now() };
    if (back) askAgain();
    else later(path, one, one.everyMs);
  } catch (failure) {
    if (!(failure instanceof Refused)) throw failure;
    if (failure.status === 0) reachable.value = false;
    if (failure.status === 401) tokenRefused.value = true;
    one.answer.value = { ...one.answer.value, error: failure };
    one.tries += 1;
    later(path, one, Math.max(one.everyMs, backoff(one.tries, Math.random())));
  }
}

function later(path: string, one: Asked, ms: number): void {
  clearTimeout(one.timer);
  if (one.watchers === 0) return;
  one.timer = window.setTimeout(() => void ask(path, one), ms);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) askAgain();
});
