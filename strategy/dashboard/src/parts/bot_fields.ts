/** What is typed into a bot's form, checked against the strategy's schema before anything is sent. Pure. */
import type { Strategy, StrategyParameter } from "../api/types";

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
  return value < minimum || value > maximum ? `from ${minimum} to ${maximum}` : null;
}

/** The parameters that differ from nothing typed; the server has the defaults. */
export function given(fields: BotFields, strategy: Strategy): Record<string, number> {
  const values: Record<string, number> = {};
  for (const { name } of strategy.parameters) {
    const text = fields.parameters[name] ?? "";
    if (text !== "") values[name] = Number(text);
  }
  return values;
}
