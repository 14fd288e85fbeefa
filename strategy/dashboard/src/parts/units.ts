/** Prices and quantities with the places of their instrument, so that a column of them lines up. */
import { grouped, precise, unitsText } from "../format/decimal";
import { portfolio } from "../live/portfolio";

/** A price of so many ticks; while nobody knows the instrument's tick, the API's own text. */
export function inTicks(symbol: string, ticks: number, text: string | undefined): string {
  const tick = portfolio.value?.status.instruments[symbol]?.tick_e8;
  return tick ? grouped(unitsText(ticks, tick)) : precise(text);
}

/** The same for a quantity of so many lots. */
export function inLots(symbol: string, lots: number, text: string | undefined): string {
  const lot = portfolio.value?.status.instruments[symbol]?.lot_e8;
  return lot ? grouped(unitsText(lots, lot)) : precise(text);
}
