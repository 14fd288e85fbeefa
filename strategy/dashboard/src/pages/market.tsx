/** One instrument: candles with fills and signals marked, the bot's indicators, the ladder, imbalance, the feed's age. */
import { useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Book, FillPage, Signal, SignalPage } from "../api/types";
import { CandleChart } from "../charts/candle_chart";
import { palette } from "../charts/palette";
import { type Mark, marks } from "../charts/points";
import { grouped, unitsText } from "../format/decimal";
import { clock, duration } from "../format/time";
import { spaced } from "../format/words";
import type { Feed, MarketChange, MarketTrade } from "../live/market";
import { portfolio } from "../live/portfolio";
import { useResource } from "../live/resource";
import { useMarket } from "../live/use_market";
import { Fills } from "../parts/fills";
import { Plotted } from "../parts/indicator";
import { Imbalance, Ladder } from "../parts/ladder";
import { nowMs } from "../parts/now";
import { Card, Chip, Empty, feedMood } from "../parts/pieces";
import { Table } from "../parts/table";
import { route, turn } from "../route";

const RECORDS = 500;
const ASKED_MS = 3_000;
const TRADES_SHOWN = 12;
const FILLS_SHOWN = 12;
const NONE: readonly Signal[] = [];

export function MarketPage() {
  const symbols = Object.keys(portfolio.value?.status.instruments ?? {});
  const chosen = route.value.query.get("symbol");
  const symbol = chosen && symbols.includes(chosen) ? chosen : (symbols[0] ?? null);
  if (symbol === null) return <Empty>No instrument is known yet.</Empty>;
  return <Instrument key={symbol} symbol={symbol} symbols={symbols} />;
}

function Instrument({ symbol, symbols }: { symbol: string; symbols: readonly string[] }) {
  const chart = useRef<CandleChart | null>(null);
  const [refused, setRefused] = useState(false);
  const fills = useResource<FillPage>(`/api/v1/fills?limit=${RECORDS}`, ASKED_MS).value?.items;
  const signals = useResource<SignalPage>(`/api/v1/signals?limit=${RECORDS}`, ASKED_MS).value?.items;
  const view = useMarket(symbol, (change) => show(chart.current, change));
  const here = (fills ?? []).filter((fill) => fill.symbol === symbol);
  const marked = useMemo(() => marks(symbol, fills ?? [], signals ?? [], refused), [symbol, fills, signals, refused]);
  return (
    <div class="grid">
      <div class="w8 grid dissolves">
        <Card
          title={`${symbol}, minutes`}
          note={
            <>
              <Choice symbol={symbol} symbols={symbols} />
              <label class="note">
                <input
                  type="checkbox"
                  checked={refused}
                  onChange={(event) => setRefused(event.currentTarget.checked)}
                />{" "}
                signals without an order
              </label>
            </>
          }
        >
          <Chart chart={chart} marked={marked} symbol={symbol} />
          <div class="legend">
            <span class="side-buy">▲ bought</span>
            <span class="side-sell">▼ sold</span>
            {refused ? <span>● signal without an order</span> : null}
            <span>Click a mark for its evidence.</span>
            <Plotted symbol={symbol} signals={signals ?? NONE} chart={chart} />
          </div>
        </Card>
        <Card title="Our fills here" wide="w7 later">
          <Fills fills={here.slice(0, FILLS_SHOWN)} nowMs={nowMs.value} short />
        </Card>
        <Card title="Trades of the market" wide="w5 later">
          <Tape trades={view.trades} book={view.book} />
        </Card>
      </div>
      <Card title="Book" wide="w4" note={<FeedAge feed={view.feed} open={view.open} />}>
        {view.book ? <BookSide book={view.book} /> : <Empty>No book yet.</Empty>}
      </Card>
    </div>
  );
}

/** A whole history replaces what is drawn, a change goes on from it. */
function show(chart: CandleChart | null, change: MarketChange): void {
  if (change.whole && change.book) chart?.show([...change.candles.values()], change.book.tick_e8);
  else chart?.update(change.candles.values());
}

function Choice({ symbol, symbols }: { symbol: string; symbols: readonly string[] }) {
  return (
    <fieldset class="segments">
      <legend class="hidden-text">Instrument</legend>
      {symbols.map((one) => (
        <button key={one} type="button" aria-pressed={one === symbol} onClick={() => turn({ symbol: one })}>
          {one}
        </button>
      ))}
    </fieldset>
  );
}

interface ChartProps {
  readonly chart: { current: CandleChart | null };
  readonly marked: readonly Mark[];
  readonly symbol: string;
}

function Chart({ chart, marked, symbol }: ChartProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!element.current) return;
    const made = new CandleChart(element.current, palette(), (id) => {
      const [kind, number] = id.split("-");
      if (kind === "fill" && number) turn({ fill: number });
    });
    chart.current = made;
    return () => {
      chart.current = null;
      made.remove();
    };
  }, [chart]);
  useEffect(() => chart.current?.mark(marked), [chart, marked]);
  useSignalEffect(() => chart.current?.paint(palette()));
  return <div class="chart" ref={element} role="img" aria-label={`Candles of ${symbol} with ${marked.length} marks`} />;
}

function FeedAge({ feed, open }: { feed: Feed | null; open: boolean }) {
  if (!feed) return <Chip mood="held">connecting</Chip>;
  return (
    <>
      {feed.age_ms === null ? null : <span class="note">{duration(feed.age_ms * 1e6)} old</span>}
      <Chip mood={open ? feedMood(feed.state) : "held"}>{open ? spaced(feed.state) : "reconnecting"}</Chip>
    </>
  );
}

function BookSide({ book }: { book: Book }) {
  return (
    <div class="limits">
      <Imbalance name="imbalance, best" value={book.imbalance_best} />
      <Imbalance name="imbalance, weighted" value={book.imbalance_weighted} />
      <Ladder book={book} />
      <p class="note mono">
        epoch {book.epoch} · id {book.last_id}
      </p>
    </div>
  );
}

function Tape({ trades, book }: { trades: readonly MarketTrade[]; book: Book | null }) {
  if (!book || trades.length === 0) return <Empty>None yet.</Empty>;
  return (
    <Table
      caption="Trades of the market, newest first"
      rows={trades.slice(-TRADES_SHOWN).toReversed()}
      id={(trade) => trade.trade_id}
      columns={[
        { name: "time", cell: (trade) => clock(trade.event_ns) },
        {
          name: "taken by",
          cell: (trade) => (
            <span class={trade.aggressor === "buyer" ? "side-buy" : "side-sell"}>
              {trade.aggressor === "buyer" ? "▲ buyer" : "▼ seller"}
            </span>
          ),
        },
        { name: "price", number: true, cell: (trade) => grouped(unitsText(trade.price, book.tick_e8)) },
        { name: "quantity", number: true, cell: (trade) => unitsText(trade.qty, book.lot_e8) },
      ]}
    />
  );
}
