/** The market stream of one symbol for the part that shows it: the newest frame, and every change for a chart. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Book } from "../api/types";
import { byFrame, Fold, newest } from "./fold";
import { type Feed, foldMarket, type MarketChange, type MarketMessage, type MarketTrade, TRADES_KEPT } from "./market";
import { Socket } from "./socket";

export interface MarketView {
  readonly open: boolean;
  readonly book: Book | null;
  readonly feed: Feed | null;
  readonly trades: readonly MarketTrade[];
  /** Ticks folded into the newest frame. */
  readonly ticks: number;
}

const EMPTY: MarketView = { open: false, book: null, feed: null, trades: [], ticks: 0 };

/** `onChange` is called once a frame with what came since the last. */
export function useMarket(symbol: string | null, onChange: (change: MarketChange) => void): MarketView {
  const [view, setView] = useState<MarketView>(EMPTY);
  const told = useRef(onChange);
  told.current = onChange;
  useEffect(() => {
    if (symbol === null) return;
    let seq = 0;
    setView(EMPTY);
    const fold = new Fold<MarketMessage, MarketChange>(
      foldMarket,
      (change) => {
        told.current(change);
        setView((before) => next(before, change));
      },
      byFrame,
    );
    const socket = new Socket(
      `/ws/market/${encodeURIComponent(symbol)}`,
      {
        open: (open) => setView((before) => ({ ...before, open })),
        message: (value) => {
          if (value.type !== "snapshot" && value.type !== "tick") return;
          const message = value as unknown as MarketMessage;
          seq = message.seq;
          fold.take(message);
        },
      },
      () => (seq > 0 ? `?after=${seq}` : ""),
    );
    return () => {
      socket.close();
      fold.drop();
    };
  }, [symbol]);
  return view;
}

function next(before: MarketView, change: MarketChange): MarketView {
  return {
    open: true,
    book: change.book ?? before.book,
    feed: change.feed,
    trades: newest(change.whole ? [] : before.trades, change.trades, TRADES_KEPT),
    ticks: change.ticks,
  };
}
