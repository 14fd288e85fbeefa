/** The evidence of one fill: the book it met, what stood ahead and what consumed it, its way, its price, its verdict. */
import type { Fill, FillStory, Order, Signal, Verdict } from "../api/types";
import { money, percent, precise, sum } from "../format/decimal";
import { duration, moment } from "../format/time";
import { spaced } from "../format/words";
import { useResource } from "../live/resource";
import { turn } from "../route";
import { Dialog } from "./dialog";
import { Chip, gainClass, Side, Waiting } from "./pieces";
import { Rules } from "./rules";

const NEVER_CHANGES_MS = 60_000;

export function FillDrawer({ number }: { number: number }) {
  const { value, error } = useResource<FillStory>(`/api/v1/fills/${number}`, NEVER_CHANGES_MS);
  return (
    <Dialog title={`Fill ${number}`} kind="drawer" onClose={() => turn({ fill: null })}>
      {value ? <Story story={value} /> : <Waiting error={error} />}
    </Dialog>
  );
}

function Story({ story: { fill, order, verdict, signal } }: { story: FillStory }) {
  const shown = fill.display;
  return (
    <>
      <div class="section">
        <p>
          <strong>{fill.bot}</strong> <Side side={fill.side} /> {shown.qty} {fill.symbol} at {precise(shown.price)} as{" "}
          {fill.liquidity}
        </p>
        <p class="note">{moment(fill.event_ns, true)} UTC</p>
      </div>
      <BookMet fill={fill} />
      {fill.liquidity === "maker" ? <Queue fill={fill} /> : null}
      <Way fill={fill} order={order} signal={signal} verdict={verdict} />
      <Paid fill={fill} />
      <Rules verdict={verdict} />
      {signal ? <Saw signal={signal} /> : null}
    </>
  );
}

function BookMet({ fill }: { fill: Fill }) {
  const shown = fill.display;
  return (
    <section class="section" aria-label="The book at the fill">
      <h3>The book at the fill</h3>
      <dl class="facts">
        <dt>best bid · ask</dt>
        <dd>
          <span class="gain">{precise(shown.best_bid)}</span> · <span class="loss">{precise(shown.best_ask)}</span>
        </dd>
        <dt>shown at {precise(shown.price)}</dt>
        <dd>{shown.displayed}</dd>
        <dt>already taken by us</dt>
        <dd>{shown.consumed_before}</dd>
        <dt>age</dt>
        <dd>{duration(fill.book_age_ns)}</dd>
        <dt>epoch · last id</dt>
        <dd class="mono">
          {fill.epoch} · {fill.last_id}
        </dd>
      </dl>
      {fill.liquidity === "taker" ? <Taken fill={fill} /> : null}
    </section>
  );
}

/** The level that a taker met: what earlier fills of ours had taken of it, what this one took, what was left. */
function Taken({ fill }: { fill: Fill }) {
  const whole = Math.max(1, fill.displayed);
  return (
    <>
      <div
        class="queue"
        role="img"
        aria-label={`Of ${fill.display.displayed} shown, ${fill.display.qty} were taken by this fill`}
      >
        {fill.consumed_before > 0 ? (
          <i class="taken" style={{ width: `${(fill.consumed_before / whole) * 100}%` }} />
        ) : null}
        <i class="ours" style={{ width: `${(fill.qty / whole) * 100}%` }} />
      </div>
      <p class="keys">
        <span class="taken">taken before</span>
        <span class="ours">this fill</span>
        <span>left at this price</span>
      </p>
    </>
  );
}

function Queue({ fill }: { fill: Fill }) {
  const ahead = fill.queue_at_entry;
  const whole = Math.max(1, ahead + fill.qty);
  const shown = fill.display;
  return (
    <section class="section" aria-label="The queue ahead">
      <h3>The queue ahead, and what consumed it</h3>
      <div
        class="queue"
        role="img"
        aria-label={`${shown.queue_consumed} of ${shown.queue_at_entry} ahead was consumed`}
      >
        <i class="taken" style={{ width: `${(Math.min(ahead, fill.queue_consumed) / whole) * 100}%` }} />
        <i style={{ width: `${(Math.max(0, ahead - fill.queue_consumed) / whole) * 100}%` }} />
        <i class="ours" style={{ width: `${(fill.qty / whole) * 100}%` }} />
      </div>
      <p class="keys">
        <span class="taken">consumed: {shown.queue_consumed}</span>
        <span>ahead at entry: {shown.queue_at_entry}</span>
        <span class="ours">this fill: {shown.qty}</span>
      </p>
      <p class="note">
        {fill.trades} trades of the market did it, ids {fill.first_trade_id} to {fill.last_trade_id}.
      </p>
    </section>
  );
}

interface WayProps {
  readonly fill: Fill;
  readonly order: Order;
  readonly signal: Signal | null;
  readonly verdict: Verdict;
}

function Way({ fill, order, signal, verdict }: WayProps) {
  const arrived = fill.decided_ns + fill.latency_ns;
  return (
    <section class="section" aria-label="Its way">
      <h3>Its way, {duration(fill.event_ns - fill.decided_ns)} from decision to fill</h3>
      <ol class="way">
        {signal ? (
          <li>
            <b>Signal {signal.signal}</b>: {spaced(signal.signal_kind)} {signal.side}
            <div class="when">{moment(signal.event_ns, true)}</div>
          </li>
        ) : null}
        <li>
          <b>Order</b> <code>{fill.client_id}</code>: {order.order_kind} {order.display.qty} (
          {order.time_in_force.toUpperCase()}
          {order.reduce_only ? ", reduce only" : ""})<div class="when">{moment(fill.decided_ns, true)}</div>
        </li>
        <li>
          <b>core_risk: {verdict.verdict}</b> {verdict.refusal ? spaced(verdict.refusal) : ""}
          <div class="when">
            record {verdict.log_seq ?? "–"}, limits <code>{verdict.limits_version ?? "–"}</code>
          </div>
        </li>
        <li>
          <b>At the exchange</b> after {duration(fill.latency_ns)}, drawn for this order
          <div class="when">{moment(arrived, true)}</div>
        </li>
        <li>
          <b>Filled</b>, {fill.display.order_remaining} of the order left
          <div class="when">{moment(fill.event_ns, true)}</div>
        </li>
      </ol>
    </section>
  );
}

function Paid({ fill }: { fill: Fill }) {
  const shown = fill.display;
  const slipped = sum(shown.slippage_e8);
  return (
    <section class="section" aria-label="Price and fee">
      <h3>Price and fee</h3>
      <dl class="facts">
        <dt>notional</dt>
        <dd>{precise(shown.notional_e8)}</dd>
        <dt>fee</dt>
        <dd>
          {precise(shown.fee_e8)} ({percent(fill.fee_ppm)})
        </dd>
        <dt>slippage</dt>
        <dd>
          {precise(slipped)} against {precise(shown.reference_price)}, the best opposite price at the decision
          {fill.slippage_e8 > 0 ? <Chip mood="held">worse for us</Chip> : null}
        </dd>
        <dt>cash after</dt>
        <dd>{precise(shown.cash_e8)}</dd>
        <dt>position after</dt>
        <dd>{shown.position_qty}</dd>
        <dt>realised so far</dt>
        <dd class={gainClass(shown.realised_e8)}>{money(shown.realised_e8, true)} before fees</dd>
      </dl>
    </section>
  );
}

function Saw({ signal }: { signal: Signal }) {
  return (
    <section class="section" aria-label="What the strategy saw">
      <h3>What the strategy saw</h3>
      <dl class="facts">
        <dt>imbalance</dt>
        <dd>
          {signal.imbalance.toFixed(4)}, weighted {signal.imbalance_weighted.toFixed(4)}
        </dd>
        <dt>momentum</dt>
        <dd>{signal.momentum.toFixed(6)}</dd>
        <dt>volatility</dt>
        <dd>
          {signal.volatility.toFixed(6)} (z {signal.volatility_z.toFixed(2)})
        </dd>
        <dt>confidence</dt>
        <dd>{signal.confidence.toFixed(3)}</dd>
      </dl>
    </section>
  );
}
