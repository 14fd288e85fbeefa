/** Which indicators the bots of an instrument plot, and what is known of their past. Pure. */
import type { Bot, Signal } from "../api/types";
import { spaced } from "../format/words";

/** Figures that every signal carries too, so that there is a past to plot. */
const OF_SIGNALS = ["imbalance_weighted", "imbalance", "volatility_z", "momentum", "atr"] as const;

export interface Choice {
  readonly key: string;
  readonly bot: string;
  readonly name: string;
  readonly doc: string;
  /** Over the candles, in ticks; else in a pane of its own. */
  readonly over: boolean;
  readonly points: readonly (readonly [number, number])[];
}

/** Every indicator of every bot on `symbol`; of a bot that tells none, the figures of its signals. */
export function choices(symbol: string, bots: readonly Bot[]): Choice[] {
  return bots.flatMap((bot) => {
    const told = bot.indicators?.[symbol];
    const names = told ? Object.keys(told) : bot.instruments.includes(symbol) ? OF_SIGNALS : [];
    return names.map((name) => ({
      key: `${bot.name}: ${spaced(name)}`,
      bot: bot.name,
      name,
      doc: told?.[name]?.doc ?? "at each of its signals",
      over: told?.[name]?.panel === "price",
      points: (told?.[name]?.points ?? []) as readonly (readonly [number, number])[],
    }));
  });
}

/** The bot's own figure at each of its signals, oldest first; nothing for a figure that signals do not carry. */
export function atSignals(choice: Choice, symbol: string, signals: readonly Signal[]): (readonly [number, number])[] {
  const name = OF_SIGNALS.find((known) => known === choice.name);
  if (!name) return [];
  return signals
    .filter((signal) => signal.symbol === symbol && signal.bot === choice.bot)
    .map((signal) => [signal.event_ns, signal[name]] as const)
    .reverse();
}
