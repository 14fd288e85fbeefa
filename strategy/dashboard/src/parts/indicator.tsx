/** What is plotted below the candles: what strategies declare, at each of their signals, and the book's imbalance live. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Signal, Strategies } from "../api/types";
import type { CandleChart } from "../charts/candle_chart";
import { line, minute } from "../charts/points";
import { spaced } from "../format/words";
import { IMBALANCES_KEPT, type MarketChange } from "../live/market";

/** Figures that every signal carries: an indicator of a strategy is plotted if it is one of them. */
const OF_SIGNALS = [
  "imbalance_weighted",
  "imbalance",
  "volatility",
  "volatility_z",
  "momentum",
  "atr",
  "confidence",
  "microprice",
] as const;
export type Named = (typeof OF_SIGNALS)[number];
const REDRAWN_MS = 1_000;

/** Draws `named` on the chart; the answer is told each change of the market. */
export function useIndicator(
  symbol: string,
  named: Named,
  signals: readonly Signal[],
  chart: { readonly current: CandleChart | null },
): (change: MarketChange) => void {
  const live = useRef<(readonly [number, number])[]>([]);
  const drawnMs = useRef(0);
  const told = useMemo(
    () =>
      signals
        .filter((signal) => signal.symbol === symbol)
        .map((signal) => [signal.event_ns, signal[named]] as const)
        .reverse(),
    [symbol, named, signals],
  );
  const draw = () => chart.current?.plot({ name: spaced(named), points: line([...told, ...live.current], minute) });
  useEffect(() => {
    live.current = [];
    draw();
  }, [told]);
  return (change) => {
    const value = named === "imbalance_weighted" ? change.book?.imbalance_weighted : undefined;
    if (value === undefined || !change.book) return;
    live.current.push([change.book.recv_ns, value]);
    if (live.current.length > IMBALANCES_KEPT) live.current.shift();
    const now = performance.now();
    if (now - drawnMs.current < REDRAWN_MS) return;
    drawnMs.current = now;
    draw();
  };
}

interface ChoiceProps {
  readonly named: Named;
  readonly onChoose: (named: Named) => void;
  readonly strategies: Strategies["items"];
}

/** Declared ones first, each with what its strategy says of it. */
export function IndicatorChoice({ named, onChoose, strategies }: ChoiceProps) {
  const declared = new Map(strategies.flatMap((one) => one.plots.map((plot) => [plot.name, plot.doc] as const)));
  const rank = (name: string) => (declared.has(name) ? 0 : 1);
  const names = [...OF_SIGNALS].sort((a, b) => rank(a) - rank(b));
  return (
    <label>
      below:{" "}
      <select
        value={named}
        onChange={(event) => {
          const chosen = names.find((name) => name === event.currentTarget.value);
          if (chosen) onChoose(chosen);
        }}
      >
        {names.map((name) => (
          <option key={name} value={name} title={declared.get(name)}>
            {spaced(name)}
            {declared.has(name) ? " (declared by the strategy)" : ""}
          </option>
        ))}
      </select>
    </label>
  );
}
