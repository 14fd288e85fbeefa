/** Questions to the API with the token of this tab. Every failure has a name; nothing waits for ever. */

export const ANSWER_MS_MAX = 8_000;
const TOKEN_KEY = "quantumflow.token";

/** A refusal by the API, or the silence of it (`unreachable`, `timeout`). */
export class Refused extends Error {
  constructor(
    readonly error: string,
    readonly status: number,
    readonly detail: string,
  ) {
    super(detail ? `${error}: ${detail}` : error);
  }
}

/** The read token, kept as long as this tab; null: nobody has entered one. */
export function readToken(): string | null {
  return sessionStorage.getItem(TOKEN_KEY);
}

export function keepToken(token: string | null): void {
  if (token === null) sessionStorage.removeItem(TOKEN_KEY);
  else sessionStorage.setItem(TOKEN_KEY, token);
}

/** GET of `path`; the answer's shape is the caller's knowledge from types.ts. Throws Refused. */
export async function get<T>(path: string, token = readToken()): Promise<T> {
  return (await ask(path, { method: "GET" }, token)) as T;
}

/** A command with the control token. 200 and 202 are answers, everything else is Refused. */
export async function post<T>(path: string, body: unknown, token: string): Promise<T> {
  const init = { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  return (await ask(path, init, token)) as T;
}

async function ask(path: string, init: RequestInit, token: string | null): Promise<unknown> {
  const headers = { ...init.headers, authorization: `Bearer ${token ?? ""}` };
  let answer: Response;
  try {
    answer = await fetch(path, { ...init, headers, signal: AbortSignal.timeout(ANSWER_MS_MAX), cache: "no-store" });
  } catch (failure) {
    const late = failure instanceof DOMException && failure.name === "TimeoutError";
    throw new Refused(late ? "timeout" : "unreachable", 0, "");
  }
  const value = await readJson(answer);
  if (!answer.ok) throw refusal(answer.status, value);
  return value;
}

async function readJson(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch {
    throw new Refused("malformed_answer", answer.status, "");
  }
}

/** {"error", "detail"} of any answer that is none of success. */
export function refusal(status: number, value: unknown): Refused {
  const body = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const name = typeof body.error === "string" ? body.error : `status_${status}`;
  return new Refused(name, status, detailText(body.detail));
}

function detailText(detail: unknown): string {
  if (typeof detail === "string") return detail;
  if (!Array.isArray(detail)) return "";
  return detail.map((one: { parameter?: string; problem?: string }) => `${one.parameter}: ${one.problem}`).join("; ");
}
