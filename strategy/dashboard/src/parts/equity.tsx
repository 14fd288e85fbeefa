/** The card of equity and drawdown, over a span that one chooses. */
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Equity } from "../api/types";
import { EquityChart } from "../charts/equity_chart";
import { palette } from "../charts/palette";
import { percent } from "../format/decimal";
import { useResource } from "../live/resource";
import { Card, Empty } from "./pieces";

const SPANS = { hour: 3_600, day: 86_400, week: 604_800, all: 0 } as const;
const ASKED_MS = 5_000;
const POINTS = 400;
type Span = keyof typeof SPANS;

export function EquityCard({ deposited, wide }: { deposited: number | null; wide: string }) {
  const [span, setSpan] = useState<Span>("all");
  const from = useFrom(span);
  const { value } = useResource<Equity>(`/api/v1/equity?points=${POINTS}${from}`, ASKED_MS);
  const items = value?.items ?? [];
  const deepest = items.reduce((most, item) => Math.max(most, item.drawdown_ppm), 0);
  return (
    <Card
      title="Equity and drawdown"
      wide={wide}
      note={
        <>
          <span class="note">deepest {percent(deepest)}</span>
          <fieldset class="segments">
            <legend class="hidden-text">Span</legend>
            {(Object.keys(SPANS) as Span[]).map((name) => (
              <button key={name} type="button" aria-pressed={name === span} onClick={() => setSpan(name)}>
                {name}
              </button>
            ))}
          </fieldset>
        </>
      }
    >
      {items.length > 0 ? (
        <Drawn items={items} deposited={(deposited ?? 0) / 1e8} />
      ) : (
        <Empty>No equity row in this span yet: one is made each minute.</Empty>
      )}
    </Card>
  );
}

/** The query of a span, fixed when it is chosen so that the question stays the same one. */
function useFrom(span: Span): string {
  const [chosen, setChosen] = useState<{ span: Span; text: string }>({ span: "all", text: "" });
  if (chosen.span === span) return chosen.text;
  const seconds = Math.floor(Date.now() / 1_000) - SPANS[span];
  const text = SPANS[span] === 0 ? "" : `&from_ns=${seconds}000000000`;
  setChosen({ span, text });
  return text;
}

function Drawn({ items, deposited }: { items: Equity["items"]; deposited: number }) {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<EquityChart | null>(null);
  useEffect(() => {
    if (!element.current) return;
    const made = new EquityChart(element.current, palette());
    chart.current = made;
    return () => made.remove();
  }, []);
  useEffect(() => chart.current?.show(items, deposited), [items, deposited]);
  useSignalEffect(() => chart.current?.paint(palette()));
  return <div class="chart low" ref={element} role="img" aria-label="Equity over time, drawdown below it" />;
}
