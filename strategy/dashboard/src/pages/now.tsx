/** The first screen: is it alive, does it make or lose money, what does it hold, why does it not trade, how far from limits. */
import type { Account, FillPage, Limits, Position, Status } from "../api/types";
import { cost, count, money, negated, percent, precise, sum } from "../format/decimal";
import { duration } from "../format/time";
import { spaced } from "../format/words";
import { newestFills, type Portfolio, portfolio } from "../live/portfolio";
import { useResource } from "../live/resource";
import { joined } from "../live/rows";
import { EquityCard } from "../parts/equity";
import { Fills } from "../parts/fills";
import { fullest, LimitBar } from "../parts/limit_bar";
import { nowMs } from "../parts/now";
import { Card, Chip, Empty, Figure, feedMood, gainClass, Waiting } from "../parts/pieces";
import { Table } from "../parts/table";
import { VerdictCard } from "../parts/verdict";
import { hashOf } from "../route";

const LIMITS_MS = 3_000;
const FILLS_SHOWN = 8;

export function NowPage() {
  const shown = portfolio.value;
  const limits = useResource<Limits>("/api/v1/limits", LIMITS_MS);
  const fills = useResource<FillPage>(`/api/v1/fills?limit=${FILLS_SHOWN}`, 30_000);
  if (!shown) return <Waiting error={null}>Waiting for the appliance …</Waiting>;
  const latest = joined(newestFills.value, fills.value?.items ?? [], (fill) => fill.fill);
  return (
    <div class="grid">
      <VerdictCard status={shown.status} nowMs={nowMs.value} />
      <Result shown={shown} />
      <Holdings shown={shown} />
      <Card title="How far from each limit" note={<a href={hashOf("risk")}>rules and refusals</a>}>
        {limits.value ? <Fullest limits={limits.value} /> : <Waiting error={limits.error} />}
      </Card>
      <EquityCard deposited={shown.account?.deposits_e8 ?? null} wide="w8" />
      <Alive status={shown.status} />
      <Card title="Last fills" note={<a href={hashOf("trades")}>all of them</a>}>
        <Fills fills={latest.slice(0, FILLS_SHOWN)} nowMs={nowMs.value} />
      </Card>
    </div>
  );
}

/** Equity against deposits: what it made after fees, open positions included. */
export function netResult(status: Status, account: Account | null): string | null {
  return sum(status.display.equity_e8, negated(account?.display.deposits_e8));
}

function Result({ shown: { status, account } }: { shown: Portfolio }) {
  const net = netResult(status, account);
  const currency = account?.currency ?? "";
  const fees = account?.display.fees_e8;
  return (
    <section class="card w7" aria-label="Result after fees">
      <dl class="figures">
        <Figure name="Result after fees" big title={precise(net)} small={currency}>
          <span class={gainClass(net)}>{money(net, true)}</span>
        </Figure>
      </dl>
      <dl class="figures">
        <Figure name="before fees" title={precise(sum(net, fees))}>
          {money(sum(net, fees), true)}
        </Figure>
        <Figure name="fees paid" title={precise(fees)}>
          {cost(fees)}
        </Figure>
        <Figure name="equity" title={precise(status.display.equity_e8)}>
          {money(status.display.equity_e8)}
        </Figure>
        <Figure name="drawdown">{percent(status.drawdown_ppm)}</Figure>
        <Figure name="fills" small={`of ${count(status.orders)} orders`}>
          {count(status.fills)}
        </Figure>
      </dl>
    </section>
  );
}

function Holdings({ shown: { positions, account } }: { shown: Portfolio }) {
  const open = positions.filter((position) => position.qty !== 0);
  return (
    <Card title="Holds" wide="w5" note={<span class="note">cash {money(account?.display.cash_e8)}</span>}>
      {open.length === 0 ? (
        <Empty>Nothing: every position is flat.</Empty>
      ) : (
        <Table
          caption="Open positions"
          rows={open}
          id={(position) => `${position.bot} ${position.symbol}`}
          columns={[
            { name: "instrument", cell: (position) => position.symbol },
            { name: "bot", cell: (position) => position.bot },
            { name: "quantity", number: true, cell: (position) => precise(position.display.qty) },
            { name: "worth", number: true, cell: (position) => money(position.display.value_e8) },
            { name: "open result", number: true, cell: (position) => <Unrealised position={position} /> },
          ]}
        />
      )}
    </Card>
  );
}

function Unrealised({ position }: { position: Position }) {
  const text = position.display.unrealised_e8;
  return <span class={gainClass(text)}>{money(text, true)}</span>;
}

function Fullest({ limits }: { limits: Limits }) {
  if (!limits.known) return <Empty>core_risk does not answer: no use is known, and no order is made.</Empty>;
  return (
    <div class="limits columns">
      {fullest(limits.items).map((limit) => (
        <LimitBar key={`${limit.rule} ${limit.of}`} limit={limit} />
      ))}
    </div>
  );
}

function Alive({ status }: { status: Status }) {
  const alarms = Object.entries(status.alarms ?? {});
  return (
    <Card title="Alive" wide="w4">
      <dl class="facts">
        <dt>trader</dt>
        <dd>
          <Chip mood={status.running ? "good" : "bad"}>{status.running ? "running" : "silent"}</Chip>
        </dd>
        <dt>core_risk</dt>
        <dd>
          <Chip mood={status.risk?.trading === "active" ? "good" : "bad"}>{status.risk?.trading ?? "unknown"}</Chip>
        </dd>
        <dt>both books</dt>
        <dd>
          <Chip mood={status.reconcile === "agree" ? "good" : "bad"}>{status.reconcile ?? "unknown"}</Chip>
        </dd>
        {Object.entries(status.instruments).map(([symbol, instrument]) => (
          <Feed key={symbol} symbol={symbol} state={instrument.state} ageMs={instrument.book_age_ms} />
        ))}
        <dt>journal</dt>
        <dd>
          <Chip mood={status.journal === "ok" ? "good" : "bad"}>{status.journal}</Chip>
        </dd>
        {alarms.map(([name, words]) => [
          <dt key={name}>alarm</dt>,
          <dd key={`${name} words`}>
            <Chip mood="bad">{spaced(name)}</Chip> {words}
          </dd>,
        ])}
      </dl>
    </Card>
  );
}

interface FeedProps {
  readonly symbol: string;
  readonly state: string | null | undefined;
  readonly ageMs: number | null | undefined;
}

function Feed({ symbol, state, ageMs }: FeedProps) {
  return (
    <>
      <dt>{symbol}</dt>
      <dd>
        <Chip mood={feedMood(state)}>{state ?? "unknown"}</Chip>{" "}
        <span class="note">{ageMs === null || ageMs === undefined ? "" : `${duration(ageMs * 1e6)} old`}</span>
      </dd>
    </>
  );
}
