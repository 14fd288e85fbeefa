/** The form of a bot, made of its strategy's schema: for a new one, or to change one that is there. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Bot, Strategies, Strategy, StrategyParameter } from "../api/types";
import { plain } from "../format/decimal";
import { spaced } from "../format/words";
import { type BotFields, changes, creation, problems } from "./bot_fields";
import { intend } from "./command";
import { Dialog } from "./dialog";

interface BotFormProps {
  readonly strategies: Strategies["items"];
  readonly symbols: readonly string[];
  readonly bot: Bot | null;
  readonly taken: readonly string[];
  readonly onClose: () => void;
}

export function BotForm({ strategies, symbols, bot, taken, onClose }: BotFormProps) {
  const [fields, setFields] = useState<BotFields>(() => first(bot, strategies, symbols));
  const [tried, setTried] = useState(false);
  const strategy = strategies.find((one) => one.name === fields.strategy) ?? strategies[0];
  if (!strategy) return null;
  const wrong = problems(fields, strategy, bot ? [] : taken);
  const problem = (field: string) => (tried ? wrong.get(field) : undefined);
  const change = (changes: Partial<BotFields>) => setFields({ ...fields, ...changes });

  function next(event: SubmitEvent): void {
    event.preventDefault();
    setTried(true);
    if (wrong.size > 0 || !strategy) return;
    onClose();
    intend(asIntent(fields, strategy, bot));
  }

  return (
    <Dialog title={bot ? `Change ${bot.name}` : "New bot"} kind="ask wide" onClose={onClose}>
      <form class="form" onSubmit={next} noValidate>
        {bot ? null : <Own fields={fields} strategies={strategies} change={change} problem={problem} />}
        <Share fields={fields} symbols={symbols} change={change} problem={problem} />
        <p class="soft">{strategy.doc}</p>
        <fieldset class="parameters">
          <legend class="hidden-text">Parameters of {strategy.name}</legend>
          {strategy.parameters.map((parameter) => (
            <Parameter
              key={parameter.name}
              parameter={parameter}
              value={fields.parameters[parameter.name] ?? ""}
              problem={problem(`parameters.${parameter.name}`)}
              onChange={(text) => change({ parameters: { ...fields.parameters, [parameter.name]: text } })}
            />
          ))}
        </fieldset>
        {tried && wrong.size > 0 ? (
          <p class="problem" role="alert">
            {wrong.size} field{wrong.size > 1 ? "s need" : " needs"} another value.
          </p>
        ) : null}
        <div class="actions">
          <button type="submit" class="button main-action">
            Next: say why
          </button>
          <button type="button" class="button" onClick={onClose}>
            Leave it
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function first(bot: Bot | null, strategies: Strategies["items"], symbols: readonly string[]): BotFields {
  if (!bot) {
    return { name: "", strategy: strategies[0]?.name ?? "", instruments: symbols, capital: "1000.00", parameters: {} };
  }
  const parameters = Object.fromEntries(Object.entries(bot.parameters).map(([name, value]) => [name, plain(value)]));
  const { name, strategy, instruments } = bot;
  return { name, strategy, instruments, capital: bot.display.capital_e8 ?? "", parameters };
}

function asIntent(fields: BotFields, strategy: Strategy, bot: Bot | null) {
  const where = `${strategy.name} on ${fields.instruments.join(", ")} with ${fields.capital}`;
  const { name } = fields;
  if (!bot) {
    const more = creation(fields, strategy);
    return { command: "create_bot", bot: name, title: `Create ${name}`, meaning: `It runs ${where}.`, more };
  }
  const more = changes(fields, strategy, bot);
  const named = Object.keys(more).join(", ") || "nothing";
  return { command: "change_bot", bot: name, title: `Change ${name}`, meaning: `Changes: ${named}.`, more };
}

interface PartProps {
  readonly fields: BotFields;
  readonly change: (changes: Partial<BotFields>) => void;
  readonly problem: (field: string) => string | undefined;
}

function Own({ fields, strategies, change, problem }: PartProps & { strategies: Strategies["items"] }) {
  return (
    <>
      <Field id="bot-name" label="Name" problem={problem("name")} help="As it stands in the journal.">
        <input
          id="bot-name"
          data-first
          value={fields.name}
          autocomplete="off"
          aria-invalid={problem("name") !== undefined}
          onInput={(event) => change({ name: event.currentTarget.value.trim() })}
        />
      </Field>
      <Field id="bot-strategy" label="Strategy" problem={undefined} help="Built in, or found in your folder.">
        <select
          id="bot-strategy"
          value={fields.strategy}
          onChange={(event) => change({ strategy: event.currentTarget.value, parameters: {} })}
        >
          {strategies.map((one) => (
            <option key={one.name} value={one.name} disabled={Boolean(one.problem)}>
              {one.name}
              {one.problem ? ` (${one.problem})` : ""}
            </option>
          ))}
        </select>
      </Field>
    </>
  );
}

function Share({ fields, symbols, change, problem }: PartProps & { symbols: readonly string[] }) {
  const toggle = (symbol: string, on: boolean) =>
    change({ instruments: symbols.filter((one) => (one === symbol ? on : fields.instruments.includes(one))) });
  return (
    <>
      <fieldset class="field">
        <legend>Instruments</legend>
        <div class="choices">
          {symbols.map((symbol) => (
            <label key={symbol}>
              <input
                type="checkbox"
                checked={fields.instruments.includes(symbol)}
                onChange={(event) => toggle(symbol, event.currentTarget.checked)}
              />
              {symbol}
            </label>
          ))}
        </div>
        <Problem text={problem("instruments")} />
      </fieldset>
      <Field id="bot-capital" label="Capital" problem={problem("capital")} help="Its share, in the quote currency.">
        <input
          id="bot-capital"
          inputMode="decimal"
          autocomplete="off"
          value={fields.capital}
          aria-invalid={problem("capital") !== undefined}
          onInput={(event) => change({ capital: event.currentTarget.value.trim() })}
        />
      </Field>
    </>
  );
}

interface ParameterProps {
  readonly parameter: StrategyParameter;
  readonly value: string;
  readonly problem: string | undefined;
  readonly onChange: (text: string) => void;
}

function Parameter({ parameter, value, problem, onChange }: ParameterProps) {
  const id = `bot-${parameter.name}`;
  const help = `${parameter.doc} (${plain(parameter.minimum)} to ${plain(parameter.maximum)})`;
  return (
    <Field id={id} label={spaced(parameter.name)} problem={problem} help={help}>
      <input
        id={id}
        inputMode="decimal"
        autocomplete="off"
        placeholder={plain(parameter.default)}
        value={value}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-help`}
        onInput={(event) => onChange(event.currentTarget.value.trim())}
      />
    </Field>
  );
}

interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly help: string;
  readonly problem: string | undefined;
  readonly children: ComponentChildren;
}

function Field({ id, label, help, problem, children }: FieldProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      <p class="help" id={`${id}-help`}>
        {help}
      </p>
      <Problem text={problem} />
    </div>
  );
}

function Problem({ text }: { text: string | undefined }) {
  return text ? <p class="problem">{text}</p> : null;
}
