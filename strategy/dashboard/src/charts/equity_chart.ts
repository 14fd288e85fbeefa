/** Equity against what was deposited, and the drawdown below it. */
import {
  AreaSeries,
  createChart,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  LineStyle,
  type UTCTimestamp,
} from "lightweight-charts";
import type { Equity } from "../api/types";
import { chartOptions, type Palette } from "./palette";
import { line } from "./points";

export class EquityChart {
  private readonly chart: IChartApi;
  private readonly equity: ISeriesApi<"Area">;
  private readonly drawdown: ISeriesApi<"Histogram">;
  private readonly start: IPriceLine;

  constructor(element: HTMLElement, colours: Palette) {
    this.chart = createChart(element, chartOptions(colours));
    this.equity = this.chart.addSeries(AreaSeries, { lineWidth: 2, priceLineVisible: false }, 0);
    this.start = this.equity.createPriceLine({ price: 0, title: "deposited", lineStyle: LineStyle.Dashed });
    this.drawdown = this.chart.addSeries(HistogramSeries, { priceLineVisible: false, lastValueVisible: false }, 1);
    this.drawdown.applyOptions({ priceFormat: { type: "custom", formatter: (at: number) => `${at.toFixed(2)} %` } });
    this.chart.panes()[1]?.setHeight(64);
    this.paint(colours);
  }

  remove(): void {
    this.chart.remove();
  }

  paint(colours: Palette): void {
    this.chart.applyOptions(chartOptions(colours));
    this.equity.applyOptions({
      lineColor: colours.accent,
      topColor: `${colours.accent}44`,
      bottomColor: `${colours.accent}05`,
    });
    this.start.applyOptions({ color: colours["ink-faint"], axisLabelColor: colours["ink-faint"] });
    this.drawdown.applyOptions({ color: `${colours.loss}aa` });
  }

  show(items: Equity["items"], deposited: number): void {
    const points = (of: (item: Equity["items"][number]) => number) =>
      line(items.map((item) => [item.event_ns, of(item)])).map(({ time, value }) => ({
        time: time as UTCTimestamp,
        value,
      }));
    this.equity.setData(points((item) => item.equity_e8 / 1e8));
    this.drawdown.setData(points((item) => -item.drawdown_ppm / 1e4));
    this.start.applyOptions({ price: deposited });
    this.chart.timeScale().fitContent();
  }
}
