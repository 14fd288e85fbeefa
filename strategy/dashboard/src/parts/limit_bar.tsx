/** A bar for each limit: how far it is used, in words beside it, and marked by form as well as by colour. */
import type { Limit } from "../api/types";
import { cost, money, percent } from "../format/decimal";
import { spaced } from "../format/words";
import type { Mood } from "./pieces";

export const NEAR_PPM = 800_000;
const WHOLE_PPM = 1_000_000;

/** Tripped is bad, four fifths of a limit are a warning. */
export function limitMood(limit: Limit): Mood {
  if (limit.tripped) return "bad";
  return (limit.share_ppm ?? 0) >= NEAR_PPM ? "held" : "plain";
}

export function limitName(limit: Limit): string {
  return limit.of ? `${spaced(limit.rule)} · ${limit.of}` : spaced(limit.rule);
}

/** Money to the cent, use rounded up and limit down; everything else in the API's own words. */
export function limitWords(limit: Limit): string {
  if (limit.unit !== "e8" || limit.use === null) return limit.words;
  return `${cost(limit.display.use)} of ${money(limit.display.limit)}`;
}

export function LimitBar({ limit }: { limit: Limit }) {
  const share = limit.share_ppm;
  const said = limit.tripped ? "tripped" : share === null ? "" : percent(share, 0);
  return (
    <div class={`limit ${limitMood(limit)}`} title={limit.meaning}>
      <div class="label">
        <span>{limitName(limit)}</span>
        <span class="amount">
          <b>{said}</b> {limitWords(limit)}
        </span>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a meter's own element takes no pattern, and colour alone says nothing */}
      <div
        class="track"
        role="meter"
        aria-label={limitName(limit)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.min(100, Math.ceil((share ?? 0) / 10_000))}
        aria-valuetext={`${limitWords(limit)}${limit.tripped ? ", tripped" : ""}`}
      >
        <i style={{ width: `${Math.min(WHOLE_PPM, share ?? 0) / 10_000}%` }} />
      </div>
    </div>
  );
}

/** Those whose use is known, the fullest first. */
export function fullest(limits: readonly Limit[]): Limit[] {
  return limits
    .filter((limit) => limit.share_ppm !== null || limit.tripped)
    .sort((a, b) => Number(b.tripped) - Number(a.tripped) || (b.share_ppm ?? 0) - (a.share_ppm ?? 0));
}
