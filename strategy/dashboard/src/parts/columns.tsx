/** Columns that tables of orders, fills and signals have in common. */
import { when } from "../format/time";
import { Side } from "./pieces";
import type { Column } from "./table";
import { inLots } from "./units";

interface Placed {
  readonly event_ns: number;
  readonly side: string;
  readonly symbol: string;
}

/** When it was, by the clock of who looks. */
export function timeColumn<Row extends Pick<Placed, "event_ns">>(nowMs: number): Column<Row> {
  return { name: "time", cell: (row) => when(row.event_ns, nowMs) };
}

export const botColumn: Column<{ readonly bot: string }> = { name: "bot", cell: (row) => row.bot };
export const sideColumn: Column<Pick<Placed, "side">> = { name: "side", cell: (row) => <Side side={row.side} /> };
export const instrumentColumn: Column<Pick<Placed, "symbol">> = { name: "instrument", cell: (row) => row.symbol };

/** So many lots of it. */
export const quantityColumn: Column<{
  readonly symbol: string;
  readonly qty: number;
  readonly display: Readonly<Record<string, string>>;
}> = { name: "quantity", number: true, cell: (row) => inLots(row.symbol, row.qty, row.display.qty) };
