/** What can be checked: verifications, sessions with their digests, reports, how to take the journal along. */
import type { Reports, SessionPage, VerifyResults } from "../api/types";
import { moment } from "../format/time";
import { useResource } from "../live/resource";
import { Card, Chip, Empty, type Mood, Waiting } from "../parts/pieces";
import { Table } from "../parts/table";

const MOODS: Readonly<Record<string, Mood>> = { identical: "good", differs: "bad", unverifiable: "held" };
const DIGITS = 16;

export function RecordsPage() {
  const verified = useResource<VerifyResults>("/api/v1/verify", 10_000);
  const sessions = useResource<SessionPage>("/api/v1/sessions?limit=50", 10_000);
  const reports = useResource<Reports>("/api/v1/reports", 60_000);
  return (
    <div class="grid">
      <Card title="Verifications" note={<span class="note">each night, or by quantumflow verify</span>}>
        {verified.value ? <Verified items={verified.value.items} /> : <Waiting error={verified.error} />}
      </Card>
      <Card title="Sessions" wide="w8">
        {sessions.value ? <Sessions items={sessions.value.items} /> : <Waiting error={sessions.error} />}
      </Card>
      <Card title="Reports" wide="w4">
        {reports.value ? <Days items={reports.value.items} /> : <Waiting error={reports.error} />}
      </Card>
    </div>
  );
}

function Verified({ items }: { items: VerifyResults["items"] }) {
  if (items.length === 0) {
    return (
      <Empty>
        None yet. <code>quantumflow verify</code> runs the three programs once more over their own logs and says
        identical, or names the first event that differs.
      </Empty>
    );
  }
  return (
    <Table
      caption="Verifications, newest first"
      rows={items.toReversed()}
      id={(item) => `${item.at_ns} ${item.session}`}
      columns={[
        { name: "verified", cell: (item) => moment(item.at_ns) },
        { name: "session", cell: (item) => item.session ?? "–" },
        {
          name: "result",
          cell: (item) => <Chip mood={MOODS[item.result ?? ""] ?? "plain"}>{item.result ?? "–"}</Chip>,
        },
        { name: "took", number: true, cell: (item) => (item.seconds ? `${item.seconds.toFixed(1)} s` : "–") },
        { name: "as fast as lived", number: true, cell: (item) => (item.speed ? `${item.speed.toFixed(0)} ×` : "–") },
        { name: "first difference", cell: (item) => (item.difference ? JSON.stringify(item.difference) : "none") },
      ]}
    />
  );
}

function Sessions({ items }: { items: SessionPage["items"] }) {
  return (
    <Table
      caption="Sessions, newest first"
      rows={items}
      id={(session) => session.session}
      columns={[
        { name: "session", cell: (session) => session.session },
        {
          name: "venue",
          cell: (session) => (
            <>
              {session.venue} {session.simulated ? <Chip mood="sim">SIMULATED</Chip> : null}
            </>
          ),
        },
        { name: "began", cell: (session) => moment(session.started_ns) },
        { name: "ended", cell: (session) => (session.ended_ns ? moment(session.ended_ns) : "it runs") },
        { name: "end", cell: (session) => session.end_reason ?? "" },
        {
          name: "digest",
          cell: (session) => <code title={session.digest ?? undefined}>{session.digest?.slice(0, DIGITS) ?? "–"}</code>,
        },
      ]}
    />
  );
}

function Days({ items }: { items: Reports["items"] }) {
  if (items.length === 0) return <Empty>None yet: one is made each day, or by quantumflow report.</Empty>;
  return (
    <dl class="facts">
      {items.map((report) => [
        <dt key={report.day}>{report.day}</dt>,
        <dd key={`${report.day} words`}>{report.message ?? `${report.files.length} files`}</dd>,
      ])}
    </dl>
  );
}
