/** What stands around every page: the band that says SIMULATED, the rail of pages, the head with venue and state. */
import type { ComponentChildren } from "preact";
import type { Status } from "../api/types";
import { clock } from "../format/time";
import { capital } from "../format/words";
import icon from "../icon.svg";
import { heardMs, portfolio } from "../live/portfolio";
import { reachable } from "../live/resource";
import { hashOf, PAGES, type PageName, route } from "../route";
import { choose, scheme } from "../scheme";
import { Icon } from "./icons";
import { nowMs } from "./now";
import { Chip } from "./pieces";
import { statusMood } from "./verdict";

/** An answer older than this is told as old. */
const OLD_MS = 5_000;

const TITLES: Readonly<Record<PageName, string>> = {
  now: "Now",
  market: "Market",
  trades: "Trades",
  signals: "Signals",
  risk: "Risk",
  bots: "Bots",
  records: "Records",
  log: "Log",
};

export function Frame({ children, onLeave }: { children: ComponentChildren; onLeave: () => void }) {
  const status = portfolio.value?.status ?? null;
  const page = route.value.page;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById("content")?.focus()}>
        To the content
      </button>
      {status?.simulated ? <Simulated /> : null}
      <div class="shell">
        <Rail page={page} onLeave={onLeave} />
        <main class="main" id="content" tabIndex={-1}>
          <div class="head">
            <h1>{TITLES[page]}</h1>
            <Venue status={status} />
            <Alive status={status} />
            <span class="clock">{clock(nowMs.value * 1e6)} UTC</span>
            <SchemeButton />
          </div>
          <Offline />
          {children}
          <Foot onLeave={onLeave} />
        </main>
      </div>
    </>
  );
}

function Simulated() {
  return (
    <aside class="simulated-band" aria-label="Simulated market">
      <strong>SIMULATED</strong>
      <span>A market that the appliance generates itself. Nothing here speaks of a real one.</span>
    </aside>
  );
}

function Rail({ page, onLeave }: { page: PageName; onLeave: () => void }) {
  return (
    <header class="rail">
      <a class="wordmark" href={hashOf("now")}>
        <img src={icon} alt="" width="24" height="24" />
        QuantumFlow
      </a>
      <nav aria-label="Pages">
        <ul>
          {PAGES.map((name) => (
            <li key={name}>
              <a href={hashOf(name)} aria-current={name === page ? "page" : undefined}>
                <Icon name={name} />
                {TITLES[name]}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <Foot onLeave={onLeave} />
    </header>
  );
}

/** In the rail, or on a phone below the page. */
function Foot({ onLeave }: { onLeave: () => void }) {
  return (
    <div class="foot">
      <p>Paper trading: no order leaves this machine.</p>
      <p>
        Charts by{" "}
        <a href="https://www.tradingview.com/" rel="noreferrer">
          TradingView
        </a>
      </p>
      <p>
        build <code>{portfolio.value?.status.build ?? "–"}</code>
      </p>
      <button type="button" class="button small" onClick={onLeave}>
        Leave
      </button>
    </div>
  );
}

function Venue({ status }: { status: Status | null }) {
  if (!status) return null;
  if (status.simulated) return <Chip mood="sim">SIMULATED · {status.venue}</Chip>;
  return <Chip mood="plain">{capital(status.venue ?? "no venue")} · paper</Chip>;
}

function Alive({ status }: { status: Status | null }) {
  const age = nowMs.value - heardMs.value;
  if (!status || age > OLD_MS) return <Chip mood="held">not heard</Chip>;
  if (!status.running) return <Chip mood="bad">not running</Chip>;
  return <Chip mood={statusMood(status)}>{status.trading ? "alive, trading" : "alive, not trading"}</Chip>;
}

function Offline() {
  const silent = heardMs.value > 0 && nowMs.value - heardMs.value > OLD_MS;
  if (reachable.value && !silent) return null;
  const seconds = Math.max(0, Math.round((nowMs.value - heardMs.value) / 1_000));
  return (
    <div class="offline" role="alert">
      The server does not answer. What is shown is {heardMs.value > 0 ? `${seconds} s old` : "nothing yet"}; it is asked
      again by itself.
    </div>
  );
}

function SchemeButton() {
  const dark = scheme.value === "dark";
  return (
    <button
      type="button"
      class="button small icon-only"
      onClick={() => choose(dark ? "light" : "dark")}
      aria-label={dark ? "Light colours" : "Dark colours"}
    >
      <Icon name={dark ? "sun" : "moon"} />
    </button>
  );
}
