/** The account and the appliance's state as they come over /ws/portfolio/all: told whole each time, the newest counts. */
import { effect, signal } from "@preact/signals";
import type { Account, Fill, Positions, Status } from "../api/types";
import { byFrame, Fold } from "./fold";
import { askAgain, reachable } from "./resource";
import { Socket } from "./socket";

export interface Portfolio {
  readonly status: Status;
  readonly account: Account | null;
  readonly positions: Positions["items"];
}

interface Message {
  readonly seq: number;
  readonly status: Status;
  readonly account: Account | null;
  readonly positions: Positions["items"];
  readonly fills: readonly Fill[];
}

/** The newest; null before the first. */
export const portfolio = signal<Portfolio | null>(null);
/** The newest fills, newest first. */
export const newestFills = signal<readonly Fill[]>([]);
/** The journal's newest event that was heard of; 0 before the first. */
export const journalSeq = signal(0);
/** Whether the stream is open: false means that what is shown is what was. */
export const streaming = signal(false);
/** This machine's clock at the newest message, milliseconds. */
export const heardMs = signal(0);

/** Opens the stream; the answer closes it. */
export function followPortfolio(): () => void {
  let seq = 0;
  const fold = new Fold<Message, Message>((_, message) => message, draw, byFrame);
  const socket = new Socket(
    "/ws/portfolio/all",
    {
      open: (isOpen) => {
        streaming.value = isOpen;
        if (isOpen && !reachable.peek()) askAgain();
      },
      message: (value) => {
        if (value.type !== "portfolio") return;
        const message = value as unknown as Message;
        seq = message.seq;
        journalSeq.value = seq;
        heardMs.value = Date.now();
        fold.take(message);
      },
    },
    () => (seq > 0 ? `?after=${seq}` : ""),
  );
  return () => socket.close();
}

function draw({ status, account, positions, fills }: Message): void {
  portfolio.value = { status, account, positions };
  newestFills.value = fills;
}

/** The title says it where the page is a tab among many. */
effect(() => {
  const status = portfolio.value?.status;
  const venue = status?.simulated ? "SIMULATED · " : "";
  const state = status ? (status.trading ? "trading" : (status.why_not_trading?.reason ?? "not trading")) : "";
  document.title = `${venue}QuantumFlow${state ? ` · ${state.replaceAll("_", " ")}` : ""}`;
});
