/** A table of fills; each number opens the evidence. */
import type { Fill } from "../api/types";
import { cost, precise } from "../format/decimal";
import { turn } from "../route";
import { botColumn, instrumentColumn, quantityColumn, sideColumn, timeColumn } from "./columns";
import { Empty } from "./pieces";
import { type Column, Table } from "./table";
import { inTicks } from "./units";

interface FillsProps {
  readonly fills: readonly Fill[];
  readonly nowMs: number;
  /** Of one instrument, beside others: without what is the same in all rows. */
  readonly short?: boolean;
}

const LEFT_OUT = new Set(["instrument", "as", "bot"]);

export function Fills({ fills, nowMs, short = false }: FillsProps) {
  if (fills.length === 0) return <Empty>No fill yet.</Empty>;
  const columns = columnsOf(nowMs);
  return (
    <Table
      caption="Fills, newest first"
      tall
      rows={fills}
      id={(fill) => fill.fill}
      columns={short ? columns.filter((column) => !LEFT_OUT.has(column.name)) : columns}
    />
  );
}

function columnsOf(nowMs: number): Column<Fill>[] {
  return [
    {
      name: "fill",
      cell: (fill) => (
        <button
          type="button"
          class="link"
          onClick={() => turn({ fill: String(fill.fill) })}
          aria-label={`Evidence of fill ${fill.fill}`}
        >
          {fill.fill}
        </button>
      ),
    },
    timeColumn(nowMs),
    botColumn,
    sideColumn,
    quantityColumn,
    instrumentColumn,
    { name: "price", number: true, cell: (fill) => inTicks(fill.symbol, fill.price, fill.display.price) },
    { name: "as", cell: (fill) => fill.liquidity },
    {
      name: "fee",
      number: true,
      cell: (fill) => cost(fill.display.fee_e8),
      title: (fill) => precise(fill.display.fee_e8),
    },
  ];
}
