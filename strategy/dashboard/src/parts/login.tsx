/** Who looks needs the read token: asked once a tab, tried before it is kept. */
import { useEffect, useRef, useState } from "preact/hooks";
import { get, keepToken, Refused } from "../api/client";
import type { Status } from "../api/types";
import { spaced } from "../format/words";
import icon from "../icon.svg";

export function Login({ refused, onEnter }: { refused: boolean; onEnter: () => void }) {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState(refused ? "The token is not the appliance's any more." : "");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  async function enter(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    try {
      await get<Status>("/api/v1/status", token);
    } catch (failure) {
      if (!(failure instanceof Refused)) throw failure;
      // Anything but "unauthorised" is the appliance's trouble, which the page itself shows.
      if (failure.status === 401 || failure.status === 0 || failure.status === 429) {
        setProblem(failure.status === 401 ? "This is not the token." : `It cannot be asked: ${spaced(failure.error)}.`);
        return;
      }
    }
    keepToken(token);
    onEnter();
  }

  return (
    <main class="login">
      <form class="card form" onSubmit={enter}>
        <span class="wordmark">
          <img src={icon} alt="" width="28" height="28" />
          QuantumFlow
        </span>
        <div class="field">
          <label for="token">Token</label>
          <input
            id="token"
            ref={field}
            type="password"
            required
            autocomplete="current-password"
            value={token}
            aria-invalid={problem !== ""}
            aria-describedby="token-help"
            onInput={(event) => setToken(event.currentTarget.value.trim())}
          />
          <p class="help" id="token-help">
            In the file <code>web_token</code> of the data directory. This tab keeps it until it is closed.
          </p>
          {problem ? (
            <p class="problem" role="alert">
              {problem}
            </p>
          ) : null}
        </div>
        <button type="submit" class="button main-action">
          Look
        </button>
      </form>
    </main>
  );
}
