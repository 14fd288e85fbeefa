/** The one line: does it trade, and if not why; with what one may do about it. */
import type { Status } from "../api/types";
import { ago } from "../format/time";
import { capital, spaced } from "../format/words";
import { intend, killAll, pauseAll, resetBreaker, resumeAll } from "./command";
import { Icon } from "./icons";
import type { Mood } from "./pieces";

const PATIENCE = new Set(["paused", "book_not_live", "warming_up", "calendar_pause", "session_ended"]);

/** Patience is a warning, everything else that keeps it from trading is bad. */
export function statusMood(status: Status): Mood {
  if (status.trading) return "good";
  return PATIENCE.has(status.why_not_trading?.reason ?? "") ? "held" : "bad";
}

export function VerdictCard({ status, nowMs }: { status: Status; nowMs: number }) {
  const mood = statusMood(status);
  const why = status.why_not_trading;
  return (
    <section class={`card verdict ${mood}`} aria-label="Is it trading">
      <span class="sign">
        <Icon name={mood === "plain" ? "held" : mood} />
      </span>
      <div class="words" role="status">
        <strong>{why ? `Not trading: ${spaced(why.reason)}` : "Trading"}</strong>
        <span class="soft">
          {why
            ? capital(why.words)
            : (status.detail ?? "Every book is live, both sets of books agree, risk is active.")}
          {why?.since_ns ? ` · ${ago(why.since_ns, nowMs)}` : ""}
        </span>
      </div>
      <div class="actions">
        {status.killed || status.risk?.trading === "halted" ? (
          <button type="button" class="button" onClick={() => intend(resetBreaker)}>
            Reset the breaker
          </button>
        ) : null}
        {why?.reason === "paused" ? (
          <button type="button" class="button main-action" onClick={() => intend(resumeAll)}>
            Resume
          </button>
        ) : (
          <button type="button" class="button" onClick={() => intend(pauseAll)}>
            Pause
          </button>
        )}
        {status.killed ? null : (
          <button type="button" class="button danger" onClick={() => intend(killAll)}>
            Kill
          </button>
        )}
      </div>
    </section>
  );
}
