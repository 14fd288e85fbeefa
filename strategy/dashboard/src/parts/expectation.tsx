/** A bot's live results against what its file of specialists expects: each regime in words, and as two intervals. */
import type { Expectation, LiveResult } from "../api/types";
import { type Bar, intervals, type Row, resultWords } from "../charts/intervals";
import { count } from "../format/decimal";
import { moment } from "../format/time";
import { Chip } from "./pieces";

const HEIGHT = 34;
const EXPECTED_AT = 11;
const LIVE_AT = 24;

export function ExpectationOf({ bot, found }: { bot: string; found: Expectation }) {
  const results = found.items.filter((one) => one.bot === bot);
  if (results.length === 0) return null;
  const scale = intervals(results);
  return (
    <section class="expectation" aria-label={`${bot}: live results against the expectation`}>
      <h3>Live against expected</h3>
      <ul>
        {results.map((one, index) => (
          <Regime key={one.regime} one={one} row={scale.rows[index]} zero={scale.zero} />
        ))}
      </ul>
      <details>
        <summary>How this is judged</summary>
        <p class="note">
          The upper bar is what is expected, the lower one what is live; a line across is the mean, the dashed line
          zero. Hundredths of a percent a trip, after costs, of trips that were entered under this file. Expected is
          what the search earned where it had not looked; each end of its interval holds with 95 %. The live interval
          holds at all times together with 95 %, from 20 trips on. The detector alarms at a score of 10,000: at most one
          false alarm in 10,000 trips in the mean, and an alarm stays until the bot trades another file. As of{" "}
          {moment(found.as_of_ns)}.
        </p>
      </details>
    </section>
  );
}

function Regime({ one, row, zero }: { one: LiveResult; row: Row | undefined; zero: number }) {
  return (
    <li>
      <div class="label">
        <b>{one.regime}</b>
        <span class="note">
          {count(one.trips)} {one.trips === 1 ? "trip" : "trips"}
        </span>
        {one.alarm === null ? <Chip mood="plain">no drift</Chip> : <Chip mood="bad">drift</Chip>}
      </div>
      <p>{resultWords(one)}</p>
      {row ? (
        <svg class="intervals" viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          <line class="zero" x1={zero * 100} x2={zero * 100} y1={0} y2={HEIGHT} />
          <Interval bar={row.expected} at={EXPECTED_AT} name="expected" />
          {row.live ? <Interval bar={row.live} at={LIVE_AT} name={one.alarm === null ? "live" : "live bad"} /> : null}
        </svg>
      ) : null}
      {one.alarm === null ? null : (
        <p class="loss" role="status">
          {one.alarm}
        </p>
      )}
    </li>
  );
}

/** The interval as a bar, its mean as a line across: form and place say which is which, not colour alone. */
function Interval({ bar, at, name }: { bar: Bar; at: number; name: string }) {
  const { low, high, mean } = bar;
  return (
    <g class={name}>
      {low === null || high === null ? null : (
        <rect x={low * 100} width={Math.max(0.4, (high - low) * 100)} y={at - 4} height={8} />
      )}
      <line class="mean" x1={mean * 100} x2={mean * 100} y1={at - 6} y2={at + 6} />
    </g>
  );
}
