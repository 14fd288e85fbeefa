/** The colours of the charts, read from the page's own tokens so that both schemes agree. */
import type { ChartOptions, DeepPartial } from "lightweight-charts";
import { ColorType, CrosshairMode } from "lightweight-charts";
import { scheme } from "../scheme";

const NAMES = ["ink", "ink-faint", "line", "accent", "gain", "loss", "warn"] as const;
export type Palette = Readonly<Record<(typeof NAMES)[number], string>>;

/** Read in an effect, it runs again when the scheme changes. */
export function palette(): Palette {
  void scheme.value;
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Palette;
}

/** What both charts have in common. The library's own sign is in the page's foot: where the library draws it, it needs a
 * style that the page's policy forbids. */
export function chartOptions(colours: Palette): DeepPartial<ChartOptions> {
  return {
    autoSize: true,
    layout: {
      background: { type: ColorType.Solid, color: "transparent" },
      textColor: colours["ink-faint"],
      fontFamily: '"Geist", system-ui, sans-serif',
      fontSize: 12,
      attributionLogo: false,
      panes: { separatorColor: colours.line, enableResize: false },
    },
    grid: { vertLines: { visible: false }, horzLines: { color: colours.line } },
    rightPriceScale: { borderVisible: false },
    timeScale: { borderVisible: false, timeVisible: true, secondsVisible: false, rightOffset: 3 },
    crosshair: {
      mode: CrosshairMode.Normal,
      vertLine: { color: colours["ink-faint"] },
      horzLine: { color: colours["ink-faint"] },
    },
  };
}
