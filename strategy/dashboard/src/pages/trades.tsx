/** Orders and fills: each fill opens its evidence, each order its whole story. */
import type { Fill, Order } from "../api/types";
import { precise } from "../format/decimal";
import { spaced } from "../format/words";
import { instrumentColumn, quantityColumn, sideColumn, timeColumn } from "../parts/columns";
import { Fills } from "../parts/fills";
import { nowMs } from "../parts/now";
import { More, usePaged } from "../parts/paged";
import { Card, Chip, Empty, type Mood, Waiting } from "../parts/pieces";
import { Table } from "../parts/table";
import { inLots } from "../parts/units";
import { turn } from "../route";

const ASKED_MS = 3_000;
const STATE_MOODS: Readonly<Record<string, Mood>> = {
  filled: "good",
  refused: "bad",
  expired: "held",
  cancelled: "held",
};

export function TradesPage() {
  const fills = usePaged<Fill>("/api/v1/fills", ASKED_MS, (fill) => fill.fill);
  const orders = usePaged<Order>("/api/v1/orders", ASKED_MS, (order) => order.number);
  return (
    <div class="grid">
      <Card title="Fills" note={<span class="note">the number opens the evidence</span>}>
        {fills.asked ? <Fills fills={fills.rows} nowMs={nowMs.value} /> : <Waiting error={fills.error} />}
        <More more={fills.more} />
      </Card>
      <Card title="Orders">
        {orders.asked ? <Orders orders={orders.rows} /> : <Waiting error={orders.error} />}
        <More more={orders.more} />
      </Card>
    </div>
  );
}

function Orders({ orders }: { orders: readonly Order[] }) {
  if (orders.length === 0) return <Empty>No order yet.</Empty>;
  return (
    <Table
      caption="Orders, newest first"
      tall
      rows={orders}
      id={(order) => order.number}
      columns={[
        {
          name: "order",
          cell: (order) => (
            <button type="button" class="link" onClick={() => turn({ order: order.client_id })}>
              {order.client_id}
            </button>
          ),
        },
        timeColumn(nowMs.value),
        sideColumn,
        { name: "kind", cell: (order) => order.order_kind },
        quantityColumn,
        instrumentColumn,
        { name: "limit", number: true, cell: (order) => precise(order.display.limit_price) },
        { name: "filled", number: true, cell: (order) => inLots(order.symbol, order.filled, order.display.filled) },
        { name: "state", cell: (order) => <State order={order} /> },
        { name: "why", cell: (order) => spaced(order.refusal ?? order.reason ?? "") },
      ]}
    />
  );
}

function State({ order }: { order: Order }) {
  return <Chip mood={STATE_MOODS[order.state] ?? "plain"}>{order.state}</Chip>;
}
