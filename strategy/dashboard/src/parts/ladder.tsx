/** The book as a ladder, best prices in the middle; how deep a level is shows as a bar, and its imbalance above. */
import type { Book } from "../api/types";
import { grouped, unitsText } from "../format/decimal";

export const LEVELS_SHOWN = 12;

export function Ladder({ book }: { book: Book }) {
  const asks = pairs(book.asks);
  const bids = pairs(book.bids);
  const deepest = Math.max(1, ...asks.map((level) => level[1]), ...bids.map((level) => level[1]));
  const best = { bid: bids[0]?.[0], ask: asks[0]?.[0] };
  return (
    <section class="ladder" aria-label={`Order book of ${book.symbol}`}>
      <Levels side="ask" name="Offers, worst first" levels={asks.toReversed()} deepest={deepest} book={book} />
      <p class="middle">
        <span>
          spread {best.bid === undefined || best.ask === undefined ? "–" : unitsText(best.ask - best.bid, book.tick_e8)}
        </span>
        <span class="soft">micro {grouped(unitsText(Math.round(book.microprice), book.tick_e8))}</span>
      </p>
      <Levels side="bid" name="Bids, best first" levels={bids} deepest={deepest} book={book} />
    </section>
  );
}

/** Price in ticks and quantity in lots of the levels that are shown. */
function pairs(levels: readonly (readonly number[])[]): (readonly [number, number])[] {
  return levels.slice(0, LEVELS_SHOWN).map(([price = 0, qty = 0]) => [price, qty]);
}

interface LevelsProps {
  readonly side: "bid" | "ask";
  readonly name: string;
  readonly levels: readonly (readonly [number, number])[];
  readonly deepest: number;
  readonly book: Book;
}

function Levels({ side, name, levels, deepest, book }: LevelsProps) {
  return (
    <ol aria-label={name}>
      {levels.map(([price, qty], at) => (
        // A row keeps its place while prices move through it: nothing is made or thrown away at a tick.
        <li key={at} class={`row ${side}`}>
          <i style={{ transform: `scaleX(${qty / deepest})` }} />
          <span class="price">{grouped(unitsText(price, book.tick_e8))}</span>
          <span class="qty">{unitsText(qty, book.lot_e8)}</span>
        </li>
      ))}
    </ol>
  );
}

/** From −1, all of it offers, to 1, all of it bids. */
export function Imbalance({ name, value }: { name: string; value: number }) {
  const share = Math.min(1, Math.abs(value));
  const words = value >= 0 ? "bids heavier" : "offers heavier";
  return (
    <div>
      <div class="legend">
        <span>{name}</span>
        <span>
          {value >= 0 ? "+" : "−"}
          {Math.abs(value).toFixed(2)} <span class="hidden-text">{words}</span>
        </span>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a meter's own element cannot begin in its middle */}
      <div
        class="balance"
        role="meter"
        aria-label={name}
        aria-valuemin={-1}
        aria-valuemax={1}
        aria-valuenow={Number(value.toFixed(2))}
        aria-valuetext={`${value.toFixed(2)}, ${words}`}
      >
        <i class={value >= 0 ? "buys" : "sells"} style={{ transform: `scaleX(${share})` }} />
      </div>
    </div>
  );
}
