/** Bots: each with its strategy, parameters and result; made from a form of the strategy's schema, and steered. */
import { useState } from "preact/hooks";
import type { Bot, Bots, Expectation, Strategies } from "../api/types";
import { cost, count, money, negated, plain, sum } from "../format/decimal";
import { spaced } from "../format/words";
import { portfolio } from "../live/portfolio";
import { useResource } from "../live/resource";
import { BotForm } from "../parts/bot_form";
import { intend } from "../parts/command";
import { ExpectationOf } from "../parts/expectation";
import { Card, Chip, Empty, Figure, gainClass, type Mood, Waiting } from "../parts/pieces";

const MOODS: Readonly<Record<string, Mood>> = { running: "good", paused: "held", stopped: "held", failed: "bad" };

type Form = { readonly bot: Bot | null };

export function BotsPage() {
  const bots = useResource<Bots>("/api/v1/bots", 2_000);
  const strategies = useResource<Strategies>("/api/v1/strategies", 30_000);
  const expectation = useResource<Expectation>("/api/v1/expectation", 30_000);
  const [form, setForm] = useState<Form | null>(null);
  const symbols = Object.keys(portfolio.value?.status.instruments ?? {});
  return (
    <div class="grid">
      <Card
        title={`Bots${bots.value ? `: ${bots.value.items.length}` : ""}`}
        note={
          <button
            type="button"
            class="button main-action small"
            disabled={!strategies.value}
            onClick={() => setForm({ bot: null })}
          >
            New bot
          </button>
        }
      >
        <p class="note">
          A bot is a strategy, its parameters, its instruments and its share of the capital. Every change is a command
          in the journal, and a replay repeats it.
        </p>
      </Card>
      {bots.value ? null : (
        <section class="card">
          <Waiting error={bots.error} />
        </section>
      )}
      {bots.value?.items.length === 0 ? <Empty>There is no bot.</Empty> : null}
      {bots.value?.items.map((bot) => (
        <BotCard
          key={bot.name}
          bot={bot}
          expectation={expectation.value}
          onChange={() => setForm({ bot })}
          changeable={strategies.value !== null}
        />
      ))}
      {form && strategies.value ? (
        <BotForm
          strategies={strategies.value.items}
          symbols={symbols}
          bot={form.bot}
          taken={bots.value?.items.map((bot) => bot.name) ?? []}
          onClose={() => setForm(null)}
        />
      ) : null}
    </div>
  );
}

interface BotActionsProps {
  readonly bot: Bot;
  readonly changeable: boolean;
  readonly onChange: () => void;
}

interface BotCardProps extends BotActionsProps {
  readonly expectation: Expectation | null;
}

function BotCard({ bot, expectation, changeable, onChange }: BotCardProps) {
  const net = sum(bot.display.realised_e8, negated(bot.display.fees_e8));
  const parameters = Object.entries(bot.parameters);
  return (
    <Card
      title={bot.name}
      wide="w6"
      note={<Chip mood={MOODS[bot.state] ?? "plain"}>{bot.removing ? "leaving" : bot.state}</Chip>}
    >
      <dl class="figures">
        <Figure name="closed, after fees">
          <span class={gainClass(net)}>{money(net, true)}</span>
        </Figure>
        <Figure name="fees">{cost(bot.display.fees_e8)}</Figure>
        <Figure name="fills">{count(bot.fills)}</Figure>
        <Figure name="capital">{money(bot.display.capital_e8)}</Figure>
      </dl>
      <dl class="facts">
        <dt>strategy</dt>
        <dd>{bot.strategy}</dd>
        <dt>instruments</dt>
        <dd>{bot.instruments.join(", ")}</dd>
        {bot.origin ? (
          <>
            <dt>made by</dt>
            <dd>{bot.origin.command ? `${spaced(bot.origin.command)}: ${bot.origin.reason}` : bot.origin.by}</dd>
          </>
        ) : null}
        {bot.paused ? (
          <>
            <dt>paused</dt>
            <dd>
              {bot.paused.reason} <span class="note">({bot.paused.who})</span>
            </dd>
          </>
        ) : null}
        {bot.failure ? (
          <>
            <dt>failed</dt>
            <dd class="loss">{bot.failure}</dd>
          </>
        ) : null}
      </dl>
      {expectation ? <ExpectationOf bot={bot.name} found={expectation} /> : null}
      {parameters.length > 0 ? (
        <details>
          <summary>{parameters.length} parameters</summary>
          <dl class="facts">
            {parameters.map(([name, value]) => [
              <dt key={name}>{spaced(name)}</dt>,
              <dd key={`${name} value`}>{plain(value)}</dd>,
            ])}
          </dl>
        </details>
      ) : null}
      <BotActions bot={bot} changeable={changeable} onChange={onChange} />
    </Card>
  );
}

const WORDS = {
  pause: "It opens no new position; open ones are left as the strategy leaves them.",
  resume: "It may enter again.",
  flatten: "Its orders are cancelled, its positions left at the market, and it stays paused.",
  start_bot: "It begins to look at its instruments and may enter.",
  stop_bot: "Its strategy is asked no more. While it holds something that must be left first.",
  remove_bot: "It is no more; its record stays in the journal. While it holds something that must be left first.",
} as const;
type BotCommand = keyof typeof WORDS;

function BotActions({ bot, changeable, onChange }: BotActionsProps) {
  const one = (command: BotCommand, label: string, danger = false) => (
    <button
      type="button"
      class={`button small${danger ? " danger" : ""}`}
      onClick={() => {
        const mayFlatten = command === "stop_bot" || command === "remove_bot";
        intend({ command, bot: bot.name, title: `${label} ${bot.name}`, meaning: WORDS[command], danger, mayFlatten });
      }}
    >
      {label}
    </button>
  );
  return (
    <div class="actions after">
      {bot.state === "stopped" || bot.state === "failed" ? one("start_bot", "Start") : null}
      {bot.state === "paused" ? one("resume", "Resume") : null}
      {bot.state === "running" ? one("pause", "Pause") : null}
      {bot.state === "stopped" ? null : one("stop_bot", "Stop")}
      {changeable ? (
        <button type="button" class="button small" onClick={onChange}>
          Change
        </button>
      ) : null}
      {one("flatten", "Flatten", true)}
      {one("remove_bot", "Remove", true)}
    </div>
  );
}
