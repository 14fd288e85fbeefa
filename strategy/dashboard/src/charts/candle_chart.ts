/** Candles with fills and signals marked on them, and below them the indicator that a bot wants plotted. */
import {
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineSeries,
  type SeriesMarker,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import type { Candle } from "../api/types";
import { chartOptions, type Palette } from "./palette";
import { bar, type Mark, seconds } from "./points";

const BARS_AT_FIRST = 120;

export interface Plotted {
  readonly name: string;
  /** Over the candles, its values in ticks; else in the pane below. */
  readonly over: boolean;
  readonly points: readonly { readonly time: number; readonly value: number }[];
}

export class CandleChart {
  private readonly chart: IChartApi;
  private readonly candles: ISeriesApi<"Candlestick">;
  private readonly volume: ISeriesApi<"Histogram">;
  private readonly marked: ISeriesMarkersPluginApi<Time>;
  private readonly over: ISeriesApi<"Line">;
  private readonly below: ISeriesApi<"Line">;
  private shown: readonly Mark[] = [];
  private tick = 1;
  private last = 0;

  constructor(
    element: HTMLElement,
    private colours: Palette,
    onPick: (id: string) => void,
  ) {
    this.chart = createChart(element, chartOptions(colours));
    this.candles = this.chart.addSeries(CandlestickSeries, {}, 0);
    this.volume = this.chart.addSeries(HistogramSeries, { priceScaleId: "volume", priceLineVisible: false }, 0);
    this.volume.applyOptions({ lastValueVisible: false });
    this.volume.priceScale().applyOptions({ scaleMargins: { top: 0.86, bottom: 0 } });
    this.marked = createSeriesMarkers(this.candles, []);
    this.over = this.chart.addSeries(LineSeries, { lineWidth: 2, priceLineVisible: false }, 0);
    this.below = this.chart.addSeries(LineSeries, { lineWidth: 2, priceLineVisible: false }, 1);
    this.chart.panes()[1]?.setHeight(96);
    this.chart.subscribeClick((event) => {
      if (typeof event.hoveredObjectId === "string") onPick(event.hoveredObjectId);
    });
    this.paint(colours);
  }

  remove(): void {
    this.chart.remove();
  }

  paint(colours: Palette): void {
    this.colours = colours;
    this.chart.applyOptions(chartOptions(colours));
    this.candles.applyOptions({
      upColor: colours.gain,
      downColor: colours.loss,
      wickUpColor: colours.gain,
      wickDownColor: colours.loss,
      borderVisible: false,
    });
    for (const indicator of [this.over, this.below]) indicator.applyOptions({ color: colours.accent });
    this.mark(this.shown);
  }

  /** All there are, in units of `tickE8`. */
  show(candles: readonly Candle[], tickE8: number): void {
    this.tick = tickE8 / 1e8;
    const precision = Math.max(0, Math.round(-Math.log10(this.tick)));
    this.candles.applyOptions({ priceFormat: { type: "price", precision, minMove: this.tick } });
    this.candles.setData(candles.map((candle) => this.bar(candle)));
    this.volume.setData(candles.map((candle) => this.column(candle)));
    this.last = seconds(candles.at(-1)?.open_ns ?? 0);
    this.chart.timeScale().setVisibleLogicalRange({ from: candles.length - BARS_AT_FIRST, to: candles.length + 3 });
  }

  /** Changes of the newest ones; the chart takes none from before its last. */
  update(candles: Iterable<Candle>): void {
    for (const candle of [...candles].sort((a, b) => a.open_ns - b.open_ns)) {
      if (seconds(candle.open_ns) < this.last) continue;
      this.candles.update(this.bar(candle));
      this.volume.update(this.column(candle));
      this.last = seconds(candle.open_ns);
    }
  }

  mark(marks: readonly Mark[]): void {
    this.shown = marks;
    this.marked.setMarkers(marks.map((mark) => this.shape(mark)));
  }

  /** One indicator, in its place; the other place is emptied. */
  plot({ name, over, points }: Plotted): void {
    const [used, empty] = over ? [this.over, this.below] : [this.below, this.over];
    const unit = over ? this.tick : 1;
    used.applyOptions({ title: name });
    used.setData(points.map(({ time, value }) => ({ time: time as UTCTimestamp, value: value * unit })));
    empty.applyOptions({ title: "" });
    empty.setData([]);
  }

  private bar(candle: Candle) {
    return { ...bar(candle, this.tick), time: seconds(candle.open_ns) as UTCTimestamp };
  }

  private column(candle: Candle) {
    const colour = candle.close >= candle.open ? this.colours.gain : this.colours.loss;
    return { time: seconds(candle.open_ns) as UTCTimestamp, value: candle.volume, color: `${colour}55` };
  }

  private shape(mark: Mark): SeriesMarker<Time> {
    const buy = mark.side === "buy";
    const position = buy ? ("belowBar" as const) : ("aboveBar" as const);
    const shared = { time: mark.time as UTCTimestamp, position, id: mark.id };
    if (mark.kind === "signal") return { ...shared, shape: "circle", color: this.colours["ink-faint"], size: 0.6 };
    const color = buy ? this.colours.gain : this.colours.loss;
    const text = mark.many > 1 ? `${mark.many}` : "";
    return { ...shared, shape: buy ? "arrowUp" : "arrowDown", color, text };
  }
}
