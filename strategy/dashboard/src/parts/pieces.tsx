/** The small pieces of every page: cards, figures, chips, sides, what stands where there is nothing. */
import type { ComponentChildren } from "preact";
import type { Refused } from "../api/client";
import { signOf } from "../format/decimal";
import { spaced } from "../format/words";

export type Mood = "good" | "held" | "bad" | "plain";

interface CardProps {
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly wide?: string;
  readonly children: ComponentChildren;
}

/** A card with its heading; `wide` is a column class of the grid. */
export function Card({ title, note, wide = "", children }: CardProps) {
  return (
    <section class={`card ${wide}`} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {note}
      </header>
      {children}
    </section>
  );
}

interface FigureProps {
  readonly name: string;
  readonly children: ComponentChildren;
  readonly small?: ComponentChildren;
  readonly big?: boolean;
  /** Every digit, for who looks closer. */
  readonly title?: string | undefined;
}

export function Figure({ name, children, small, big = false, title }: FigureProps) {
  return (
    <div class={`figure${big ? " big" : ""}`} title={title}>
      <dt>{name}</dt>
      <dd>
        {children} {small === undefined ? null : <small>{small}</small>}
      </dd>
    </div>
  );
}

export function Chip({ mood, children }: { mood: Mood | "sim"; children: ComponentChildren }) {
  return <span class={`chip ${mood}`}>{children}</span>;
}

/** The mood of a feed's state: only a live book is traded on. */
export function feedMood(state: string | null | undefined): Mood {
  if (state === "live") return "good";
  return state === "resyncing" || state === "stale" ? "held" : "bad";
}

export function Side({ side }: { side: string }) {
  return <span class={`side-${side}`}>{side === "buy" ? "▲ buy" : "▼ sell"}</span>;
}

/** The class of a gain or a loss; the sign itself is in the text. */
export function gainClass(text: string | null | undefined): string {
  const sign = signOf(text);
  return sign > 0 ? "gain" : sign < 0 ? "loss" : "";
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** What is shown in place of an answer that is not there: its refusal, or that it is on its way. */
export function Waiting({ error, children }: { error: Refused | null; children?: ComponentChildren }) {
  if (error) return <Empty>Not to be had just now: {spaced(error.error)}. Asked again by itself.</Empty>;
  return <Empty>{children ?? "Asking …"}</Empty>;
}
