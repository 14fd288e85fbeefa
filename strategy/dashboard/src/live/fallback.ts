/** Where the stream cannot be opened (a proxy that lets no WebSocket through) the same is asked for, less often. */
import { useEffect } from "preact/hooks";
import type { Account, Positions, Status } from "../api/types";
import { heardMs, portfolio, streaming } from "./portfolio";
import { useResource } from "./resource";

const ASKED_MS = 2_000;

export function useFallback(): void {
  const closed = !streaming.value;
  const status = useResource<Status>(closed ? "/api/v1/status" : null, ASKED_MS);
  const account = useResource<Account>(closed ? "/api/v1/account" : null, ASKED_MS);
  const positions = useResource<Positions>(closed ? "/api/v1/positions" : null, ASKED_MS);
  useEffect(() => {
    if (streaming.peek() || !status.value) return;
    heardMs.value = status.atMs;
    portfolio.value = { status: status.value, account: account.value, positions: positions.value?.items ?? [] };
  }, [status, account, positions]);
}
