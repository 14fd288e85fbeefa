/** An operator's command: what it will do, why (asked), the control token (asked once a page), and what came of it. */
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { post, Refused } from "../api/client";
import type { CommandDone } from "../api/types";
import { spaced } from "../format/words";
import { askAgain } from "../live/resource";
import { Dialog } from "./dialog";

export const REASON_CHARS_MAX = 200;

/** What is to be commanded; `more` are fields beside command, bot, reason and key. */
export interface Intent {
  readonly command: string;
  readonly bot: string | null;
  readonly title: string;
  readonly meaning: ComponentChildren;
  readonly danger?: boolean;
  readonly more?: Readonly<Record<string, unknown>>;
  /** Whether one is asked if what the bot holds shall be left first. */
  readonly mayFlatten?: boolean;
}

/** The command that is being asked about; null: none. */
export const intended = signal<Intent | null>(null);
/** In this page's memory alone: a reload forgets it. */
const controlToken = signal("");

export function intend(intent: Intent): void {
  intended.value = intent;
}

export const pauseAll: Intent = {
  command: "pause",
  bot: null,
  title: "Pause all bots",
  meaning: "No new position is opened. Open ones are left as the strategy leaves them. It holds over restarts.",
};
export const resumeAll: Intent = {
  command: "resume",
  bot: null,
  title: "Resume all bots",
  meaning: "Bots may enter again, if nothing else forbids it.",
};
export const killAll: Intent = {
  command: "kill",
  bot: null,
  title: "Kill: halt everything",
  meaning: "Every open order is cancelled and none is made, of any kind. Positions stay. Back only by a reset.",
  danger: true,
};
export const flattenAll: Intent = {
  command: "flatten",
  bot: null,
  title: "Flatten all bots",
  meaning: "Open orders are cancelled, positions left at the market, and the bots stay paused.",
  danger: true,
};
export const resetBreaker: Intent = {
  command: "reset_breaker",
  bot: null,
  title: "Reset the breaker",
  meaning: "Takes a kill and core_risk's halts back. The drawdown is measured from the equity of this moment on.",
};

type Outcome = { readonly done: CommandDone } | { readonly refused: Refused };

export function CommandDialog() {
  const intent = intended.value;
  return intent ? <Asking key={intent.title} intent={intent} /> : null;
}

function close(): void {
  intended.value = null;
}

function Asking({ intent }: { intent: Intent }) {
  // Made before the first try: sent again after a silence it is done once.
  const [key] = useState(() => `page-${crypto.randomUUID()}`);
  const [reason, setReason] = useState("");
  const [flatten, setFlatten] = useState(false);
  const [sending, setSending] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const done = outcome !== null && "done" in outcome;

  async function send(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setSending(true);
    setOutcome(await command(flatten ? { ...intent, more: { ...intent.more, flatten } } : intent, reason.trim(), key));
    setSending(false);
    askAgain();
  }

  return (
    <Dialog title={intent.title} kind="ask" onClose={close}>
      <p class="soft">{intent.meaning}</p>
      {done ? (
        <Done outcome={outcome} />
      ) : (
        <form class="form" onSubmit={send}>
          <ReasonField value={reason} onChange={setReason} />
          {intent.mayFlatten ? <FlattenField value={flatten} onChange={setFlatten} /> : null}
          <TokenField />
          {outcome ? <Failed refused={outcome.refused} /> : null}
          <div class="actions">
            <button type="submit" class={`button ${intent.danger ? "danger" : "main-action"}`} disabled={sending}>
              {sending ? "Sending …" : intent.title}
            </button>
            <button type="button" class="button" onClick={close}>
              Leave it
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

async function command(intent: Intent, reason: string, key: string): Promise<Outcome> {
  const body = { command: intent.command, bot: intent.bot, reason, key, ...intent.more };
  try {
    return { done: await post<CommandDone>("/api/v1/commands", body, controlToken.peek()) };
  } catch (failure) {
    if (!(failure instanceof Refused)) throw failure;
    if (failure.status === 401 || failure.status === 403) controlToken.value = "";
    return { refused: failure };
  }
}

function ReasonField({ value, onChange }: { value: string; onChange: (reason: string) => void }) {
  return (
    <div class="field">
      <label for="command-reason">Why</label>
      <input
        id="command-reason"
        data-first
        value={value}
        maxLength={REASON_CHARS_MAX}
        required
        pattern=".*\S.*"
        autocomplete="off"
        aria-describedby="command-reason-help"
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <p class="help" id="command-reason-help">
        It is kept in the journal with the command.
      </p>
    </div>
  );
}

function FlattenField({ value, onChange }: { value: boolean; onChange: (flatten: boolean) => void }) {
  return (
    <div class="field choices">
      <label>
        <input type="checkbox" checked={value} onChange={(event) => onChange(event.currentTarget.checked)} />
        Leave what it holds first, at the market
      </label>
    </div>
  );
}

function TokenField() {
  const [known] = useState(controlToken.peek() !== "");
  if (known && controlToken.value !== "") return null;
  return (
    <div class="field">
      <label for="command-token">Control token</label>
      <input
        id="command-token"
        type="password"
        required
        autocomplete="off"
        value={controlToken.value}
        aria-describedby="command-token-help"
        onInput={(event) => {
          controlToken.value = event.currentTarget.value.trim();
        }}
      />
      <p class="help" id="command-token-help">
        In <code>control_token</code> of the data directory. Asked once; a reload of the page forgets it.
      </p>
    </div>
  );
}

function Failed({ refused }: { refused: Refused }) {
  return (
    <p class="answer bad" role="alert">
      Not done: {spaced(refused.error)}
      {refused.detail ? `. ${refused.detail}` : ""}
    </p>
  );
}

function Done({ outcome }: { outcome: Outcome | null }) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  if (!outcome || !("done" in outcome)) return null;
  const { done } = outcome;
  return (
    <>
      <p class="answer" role="status">
        {done.kill_file
          ? "No trader answers: the kill file was made, so nothing trades when one starts."
          : `Done: event ${done.event_seq} of the journal${done.duplicate ? ", as it was the first time" : ""}.`}
      </p>
      <div class="actions">
        <button type="button" class="button" ref={button} onClick={close}>
          Close
        </button>
      </div>
    </>
  );
}
