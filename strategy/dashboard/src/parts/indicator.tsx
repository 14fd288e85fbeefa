/** What a bot's strategy declares for plotting: its points second by second, and at each of its signals before that. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Bots, Signal } from "../api/types";
import type { CandleChart } from "../charts/candle_chart";
import { atSignals, choices } from "../charts/plots";
import { line, minute } from "../charts/points";
import { spaced } from "../format/words";
import { useResource } from "../live/resource";

const ASKED_MS = 3_000;
export const MINUTES_KEPT = 1_500;

interface PlottedProps {
  readonly symbol: string;
  readonly signals: readonly Signal[];
  readonly chart: { readonly current: CandleChart | null };
}

/** Chooses one and draws it on the chart. */
export function Plotted({ symbol, signals, chart }: PlottedProps) {
  const bots = useResource<Bots>("/api/v1/bots", ASKED_MS).value?.items;
  const found = useMemo(() => choices(symbol, bots ?? []), [symbol, bots]);
  const [key, setKey] = useState("");
  const chosen = found.find((choice) => choice.key === key) ?? found[0];
  const seen = useRef({ key: "", values: new Map<number, number>() });
  useEffect(() => {
    if (!chosen) return;
    if (seen.current.key !== chosen.key) seen.current = { key: chosen.key, values: new Map() };
    const { values } = seen.current;
    for (const [ns, value] of chosen.points) values.set(minute(ns), value);
    for (const oldest of values.keys()) {
      if (values.size <= MINUTES_KEPT) break;
      values.delete(oldest);
    }
    const live = [...values].map(([seconds, value]) => [seconds * 1e9, value] as const);
    const points = line([...atSignals(chosen, symbol, signals), ...live], minute);
    chart.current?.plot({ name: spaced(chosen.name), over: chosen.over, points });
  }, [chosen, symbol, signals, chart]);
  if (!chosen) return <span>No bot plots anything here.</span>;
  return (
    <label title={chosen.doc}>
      plotted:{" "}
      <select value={chosen.key} onChange={(event) => setKey(event.currentTarget.value)}>
        {found.map((choice) => (
          <option key={choice.key} value={choice.key}>
            {choice.key}
          </option>
        ))}
      </select>
    </label>
  );
}
