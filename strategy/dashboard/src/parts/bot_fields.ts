/** What is typed into a bot's form, checked against the strategy's schema before anything is sent. Pure. */
import type { Bot, Strategy, StrategyParameter } from "../api/types";
import { parseE8, plain } from "../format/decimal";

export const NAME = /^[a-z][a-z0-9_]{0,31}$/;
const CAPITAL = /^(0|[1-9]\d{0,17})(\.\d{1,8})?$/;
const NUMBER = /^-?\d+(\.\d+)?$/;

export interface BotFields {
  readonly name: string;
  readonly strategy: string;
  readonly instruments: readonly string[];
  readonly capital: string;
  /** As typed; "" is the strategy's default. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** By field, what is wrong with it; a parameter's field is its name behind "parameters.". */
export function problems(fields: BotFields, strategy: Strategy, taken: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  if (!NAME.test(fields.name)) found.set("name", "a small letter, then small letters, digits and _: at most 32");
  else if (taken.includes(fields.name)) found.set("name", "there is a bot of this name");
  if (fields.instruments.length === 0) found.set("instruments", "choose at least one");
  if (!CAPITAL.test(fields.capital)) found.set("capital", "a plain decimal such as 1000.00");
  for (const parameter of strategy.parameters) {
    const problem = parameterProblem(parameter, fields.parameters[parameter.name] ?? "");
    if (problem) found.set(`parameters.${parameter.name}`, problem);
  }
  return found;
}

function parameterProblem({ type, minimum, maximum }: StrategyParameter, text: string): string | null {
  if (text === "") return null;
  if (!NUMBER.test(text)) return "a plain number";
  if (type === "integer" && text.includes(".")) return "a whole number";
  const value = Number(text);
  return value < minimum || value > maximum ? `from ${plain(minimum)} to ${plain(maximum)}` : null;
}

/** What is typed and is not so already; what is not named keeps its value, of a new bot the strategy's default. */
export function given(
  fields: BotFields,
  strategy: Strategy,
  now: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const values: Record<string, number> = {};
  for (const { name } of strategy.parameters) {
    const text = fields.parameters[name] ?? "";
    if (text !== "" && Number(text) !== now[name]) values[name] = Number(text);
  }
  return values;
}

/** The fields of `create_bot`. */
export function creation(fields: BotFields, strategy: Strategy): Record<string, unknown> {
  const { instruments, capital } = fields;
  return { strategy: strategy.name, instruments, capital, parameters: given(fields, strategy) };
}

/** The fields of `change_bot`: those alone that differ from the bot as it is; none: there is nothing to change. */
export function changes(fields: BotFields, strategy: Strategy, bot: Bot): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  if (fields.instruments.join() !== bot.instruments.join()) made.instruments = fields.instruments;
  if (parseE8(fields.capital) !== parseE8(bot.display.capital_e8 ?? "")) made.capital = fields.capital;
  const parameters = given(fields, strategy, bot.parameters);
  if (Object.keys(parameters).length > 0) made.parameters = parameters;
  return made;
}
