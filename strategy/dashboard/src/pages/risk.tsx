/** Each risk rule: its use, its limit, its last refusal; and what stands in its way now. */
import type { Limit, Limits } from "../api/types";
import { count } from "../format/decimal";
import { ago } from "../format/time";
import { spaced } from "../format/words";
import { portfolio } from "../live/portfolio";
import { useResource } from "../live/resource";
import { flattenAll, intend, killAll, resetBreaker } from "../parts/command";
import { fullest, LimitBar, limitName, limitWords } from "../parts/limit_bar";
import { nowMs } from "../parts/now";
import { Card, Chip, Empty, Waiting } from "../parts/pieces";
import { Table } from "../parts/table";
import { turn } from "../route";

export function RiskPage() {
  const { value, error } = useResource<Limits>("/api/v1/limits", 2_000);
  const risk = portfolio.value?.status.risk;
  return (
    <div class="grid">
      <Card
        title="core_risk"
        note={<Chip mood={risk?.trading === "active" ? "good" : "bad"}>{risk?.trading ?? "unknown"}</Chip>}
      >
        <p class="soft">
          Another program in another language, with its own account. {risk?.reason ? spaced(risk.reason) : ""}
        </p>
        <p class="note">
          limits <code>{value?.limits_version ?? "–"}</code> · record {count(risk?.log_seq)} of its log
        </p>
        <div class="actions">
          <button type="button" class="button" onClick={() => intend(resetBreaker)}>
            Reset the breaker
          </button>
          <button type="button" class="button danger" onClick={() => intend(flattenAll)}>
            Flatten all
          </button>
          <button type="button" class="button danger" onClick={() => intend(killAll)}>
            Kill
          </button>
        </div>
      </Card>
      <Card title="Use of each limit" wide="w5">
        {value ? <Bars limits={value} /> : <Waiting error={error} />}
      </Card>
      <Card
        title="Rules, in the order in which they are asked"
        wide="w7"
        note={<span class="note">refusals of the {count(value?.looked_at)} newest verdicts</span>}
      >
        {value ? <Rules limits={value.items} /> : <Waiting error={error} />}
      </Card>
    </div>
  );
}

function Bars({ limits }: { limits: Limits }) {
  if (!limits.known) return <Empty>core_risk does not answer: no use is known.</Empty>;
  return (
    <div class="limits">
      {fullest(limits.items).map((limit) => (
        <LimitBar key={limitName(limit)} limit={limit} />
      ))}
    </div>
  );
}

function Rules({ limits }: { limits: readonly Limit[] }) {
  return (
    <Table
      caption="Risk rules"
      rows={limits}
      id={limitName}
      columns={[
        { name: "rule", cell: (limit) => <span title={limit.meaning}>{limitName(limit)}</span> },
        { name: "use and limit", cell: (limit) => limitWords(limit) },
        {
          name: "now",
          cell: (limit) => <Chip mood={limit.tripped ? "bad" : "good"}>{limit.tripped ? "tripped" : "passes"}</Chip>,
        },
        { name: "refused", number: true, cell: (limit) => count(limit.refused) },
        { name: "last", cell: (limit) => <Last limit={limit} /> },
      ]}
    />
  );
}

function Last({ limit }: { limit: Limit }) {
  const last = limit.last;
  if (!last)
    return (
      <span class="note" title="not among the verdicts looked at">
        none
      </span>
    );
  return (
    <button type="button" class="link" onClick={() => turn({ order: last.client_id })}>
      {last.client_id}, {ago(last.event_ns, nowMs.value)}
    </button>
  );
}
