/** Every signal, executed or not: what the strategy saw, and why it became no order. */
import { useState } from "preact/hooks";
import type { Signal } from "../api/types";
import { count } from "../format/decimal";
import { spaced } from "../format/words";
import { botColumn, instrumentColumn, sideColumn, timeColumn } from "../parts/columns";
import { nowMs } from "../parts/now";
import { More, usePaged } from "../parts/paged";
import { Card, Chip, Empty, Waiting } from "../parts/pieces";
import { Table } from "../parts/table";
import { inTicks } from "../parts/units";
import { turn } from "../route";

type Which = "all" | "ordered" | "refused";
const WHICH: readonly Which[] = ["all", "ordered", "refused"];

export function SignalsPage() {
  const { rows, error, asked, more } = usePaged<Signal>("/api/v1/signals", 3_000, (signal) => signal.signal);
  const [which, setWhich] = useState<Which>("all");
  const shown = rows.filter((signal) => which === "all" || (signal.outcome === "ordered") === (which === "ordered"));
  return (
    <div class="grid">
      <Card title="Why signals became no order" wide="w4 top">
        <Outcomes signals={rows} />
      </Card>
      <Card
        title="Signals"
        wide="w8"
        note={
          <fieldset class="segments">
            <legend class="hidden-text">Which</legend>
            {WHICH.map((name) => (
              <button key={name} type="button" aria-pressed={name === which} onClick={() => setWhich(name)}>
                {name}
              </button>
            ))}
          </fieldset>
        }
      >
        {asked ? <Signals signals={shown} /> : <Waiting error={error} />}
        <More more={more} />
      </Card>
    </div>
  );
}

/** How often each outcome is among those that are shown, most first. */
export function outcomes(signals: readonly Signal[]): [string, number][] {
  const counted = new Map<string, number>();
  for (const signal of signals) counted.set(signal.outcome, (counted.get(signal.outcome) ?? 0) + 1);
  return [...counted].sort((a, b) => b[1] - a[1]);
}

function Outcomes({ signals }: { signals: readonly Signal[] }) {
  const counted = outcomes(signals);
  if (counted.length === 0) return <Empty>No signal yet.</Empty>;
  const most = counted[0]?.[1] ?? 1;
  return (
    <>
      <div class="histogram">
        {counted.map(([name, many]) => [
          <span key={name}>{spaced(name)}</span>,
          <div key={`${name} bar`} class="bar" style={{ transform: `scaleX(${many / most})` }} />,
          <span key={`${name} count`}>{count(many)}</span>,
        ])}
      </div>
      <p class="note">Of the {count(signals.length)} newest.</p>
    </>
  );
}

function Signals({ signals }: { signals: readonly Signal[] }) {
  if (signals.length === 0) return <Empty>None of this kind among the newest.</Empty>;
  return (
    <Table
      caption="Signals, newest first"
      tall
      rows={signals}
      id={(signal) => signal.signal}
      columns={[
        { name: "signal", cell: (signal) => signal.signal },
        timeColumn(nowMs.value),
        botColumn,
        { name: "kind", cell: (signal) => spaced(signal.signal_kind) },
        sideColumn,
        instrumentColumn,
        { name: "outcome", cell: (signal) => <Outcome signal={signal} /> },
        { name: "bid", number: true, cell: (signal) => inTicks(signal.symbol, signal.bid, signal.display.bid) },
        { name: "imbalance", number: true, cell: (signal) => signal.imbalance.toFixed(2) },
        { name: "confidence", number: true, cell: (signal) => signal.confidence.toFixed(2) },
      ]}
    />
  );
}

function Outcome({ signal }: { signal: Signal }) {
  const order = signal.client_id;
  if (!order) return <Chip mood="held">{spaced(signal.outcome)}</Chip>;
  return (
    <button type="button" class="link" onClick={() => turn({ order })}>
      {order}
    </button>
  );
}
