/** The page: the token first, then the frame with the page that the address names, and what lies open over it. */
import { useEffect, useState } from "preact/hooks";
import { keepToken, readToken } from "./api/client";
import { useFallback } from "./live/fallback";
import { followPortfolio } from "./live/portfolio";
import { tokenRefused } from "./live/resource";
import { BotsPage } from "./pages/bots";
import { LogPage } from "./pages/log";
import { MarketPage } from "./pages/market";
import { NowPage } from "./pages/now";
import { RecordsPage } from "./pages/records";
import { RiskPage } from "./pages/risk";
import { SignalsPage } from "./pages/signals";
import { TradesPage } from "./pages/trades";
import { Boundary } from "./parts/boundary";
import { CommandDialog } from "./parts/command";
import { FillDrawer } from "./parts/evidence";
import { Frame } from "./parts/frame";
import { Login } from "./parts/login";
import { OrderDrawer } from "./parts/order_story";
import { type PageName, route } from "./route";

const SHOWN: Readonly<Record<PageName, () => preact.JSX.Element>> = {
  now: NowPage,
  market: MarketPage,
  trades: TradesPage,
  signals: SignalsPage,
  risk: RiskPage,
  bots: BotsPage,
  records: RecordsPage,
  log: LogPage,
};

export function App() {
  const [known, setKnown] = useState(readToken() !== null);
  if (!known || tokenRefused.value) {
    const enter = () => {
      tokenRefused.value = false;
      setKnown(true);
    };
    return <Login refused={tokenRefused.value} onEnter={enter} />;
  }
  const leave = () => {
    keepToken(null);
    location.reload();
  };
  return (
    <Boundary>
      <Inside onLeave={leave} />
    </Boundary>
  );
}

function Inside({ onLeave }: { onLeave: () => void }) {
  useEffect(followPortfolio, []);
  useFallback();
  const { page, query } = route.value;
  const Page = SHOWN[page];
  const fill = Number(query.get("fill"));
  const order = query.get("order");
  return (
    <Frame onLeave={onLeave}>
      <Boundary key={page}>
        <Page />
      </Boundary>
      <Boundary key={`${order} ${fill}`}>
        {order ? <OrderDrawer key={order} id={order} /> : null}
        {fill > 0 ? <FillDrawer key={fill} number={fill} /> : null}
      </Boundary>
      <CommandDialog />
    </Frame>
  );
}
