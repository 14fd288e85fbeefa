/** What happened, as the journal tells it event by event, what operators said, and how long each stage takes. */
import { useMemo, useState } from "preact/hooks";
import type { CommandPage, Latency, LatencyStage } from "../api/types";
import { count } from "../format/decimal";
import { duration, when } from "../format/time";
import { spaced } from "../format/words";
import { EVENTS_KEPT, type JournalEvent, useEvents } from "../live/events";
import { journalSeq } from "../live/portfolio";
import { useResource } from "../live/resource";
import { nowMs } from "../parts/now";
import { Card, Empty, Waiting } from "../parts/pieces";
import { Table } from "../parts/table";

const BACK = 150;
const QUIET = ["equity"];

export function LogPage() {
  const latency = useResource<Latency>("/api/v1/latency", 3_000);
  const commands = useResource<CommandPage>("/api/v1/commands?limit=50", 5_000);
  return (
    <div class="grid">
      <Card title="Latency" note={<span class="note">since the trader's start</span>}>
        {latency.value ? <Stages stages={latency.value.items} /> : <Waiting error={latency.error} />}
      </Card>
      <Events />
      <Card title="What operators said" wide="w5">
        {commands.value ? <Said page={commands.value} /> : <Waiting error={commands.error} />}
      </Card>
    </div>
  );
}

function Stages({ stages }: { stages: readonly LatencyStage[] }) {
  if (stages.length === 0) return <Empty>The trader does not run.</Empty>;
  return (
    <div class="stages">
      {stages.map((stage) => (
        <Stage key={stage.stage} stage={stage} />
      ))}
    </div>
  );
}

function Stage({ stage }: { stage: LatencyStage }) {
  const most = Math.max(1, ...stage.counts);
  const first = stage.counts.findIndex((many) => many > 0);
  const last = stage.counts.findLastIndex((many) => many > 0);
  const bars = stage.counts.map((many, at) => ({ many, name: bucket(stage.upper_us, at) }));
  return (
    <figure class="stage">
      <figcaption>
        <strong>{spaced(stage.stage)}</strong>{" "}
        <span class="note">
          {stage.meaning} · p50 {micros(stage.p50_us)}, p99 {micros(stage.p99_us)} · {count(stage.count)} times
        </span>
      </figcaption>
      {first < 0 ? (
        <Empty>None yet.</Empty>
      ) : (
        <div class="histogram">
          {bars
            .slice(first, last + 1)
            .map(({ many, name }) => [
              <span key={name}>{name}</span>,
              <div key={`${name} bar`} class="bar" style={{ transform: `scaleX(${many / most})` }} />,
              <span key={`${name} count`}>{count(many)}</span>,
            ])}
        </div>
      )}
    </figure>
  );
}

function bucket(upper: readonly number[], at: number): string {
  const bound = upper[at];
  return bound === undefined ? `over ${micros(upper.at(-1) ?? 0)}` : `≤ ${micros(bound)}`;
}

function micros(us: number | null): string {
  return us === null ? "–" : duration(us * 1_000);
}

function Events() {
  const [kind, setKind] = useState("all");
  const [after, setAfter] = useState<number | null>(null);
  const head = journalSeq.value;
  if (after === null && head > 0) setAfter(Math.max(0, head - EVENTS_KEPT));
  const events = useEvents(after);
  const kinds = useMemo(() => [...new Set(events.map((event) => event.kind))].sort(), [events]);
  const shown = events.filter((event) => (kind === "all" ? !QUIET.includes(event.kind) : event.kind === kind));
  return (
    <Card
      title="Events"
      wide="w7"
      note={
        <label class="note">
          kind{" "}
          <select value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
            <option value="all">all but equity</option>
            {kinds.map((name) => (
              <option key={name} value={name}>
                {spaced(name)}
              </option>
            ))}
          </select>
        </label>
      }
    >
      {shown.length === 0 ? (
        <Empty>No event yet.</Empty>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
        <section class="tall" tabIndex={0} aria-label="Events of the journal, newest first">
          <ol class="log">
            {shown
              .slice(-BACK)
              .toReversed()
              .map((event) => (
                <Event key={event.seq} event={event} />
              ))}
          </ol>
        </section>
      )}
    </Card>
  );
}

const SHOWN = [
  "bot",
  "symbol",
  "side",
  "client_id",
  "state",
  "outcome",
  "verdict",
  "refusal",
  "reason",
  "command",
  "who",
];

function Event({ event }: { event: JournalEvent }) {
  const words = SHOWN.map((name) => event.payload[name])
    .filter((value) => value !== null && value !== undefined && value !== "")
    .map(String);
  return (
    <li>
      <time>
        {event.seq} · {when(event.event_ns, nowMs.value)}
      </time>
      <strong>{spaced(event.kind)}</strong>
      <span class="soft">{words.join(" · ")}</span>
    </li>
  );
}

function Said({ page }: { page: CommandPage }) {
  if (page.items.length === 0) return <Empty>Nothing yet.</Empty>;
  return (
    <Table
      caption="Commands, newest first"
      rows={page.items}
      id={(command) => command.event_seq}
      columns={[
        { name: "time", cell: (command) => when(command.recorded_ns, nowMs.value) },
        { name: "command", cell: (command) => `${spaced(command.command)}${command.bot ? ` ${command.bot}` : ""}` },
        { name: "why", cell: (command) => command.reason },
        { name: "who", cell: (command) => command.who },
      ]}
    />
  );
}
