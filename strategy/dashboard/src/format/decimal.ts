/** Money, prices and quantities as text. They come as integers of a named scale or as exact decimals, and never become
 * a float on their way: everything here is whole numbers and strings. */

export const E8_PLACES = 8;
export const NOBODY_KNOWS = "–";

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;
const MINUS = "−";

/** An exact integer. A number beyond 2⁵³ has lost digits already: null rather than a wrong figure. */
export function exact(value: number | null | undefined): bigint | null {
  if (value === null || value === undefined) return null;
  return Number.isSafeInteger(value) ? BigInt(value) : null;
}

/** `value` of 10⁻places as a plain decimal with at least `placesMin` places: (123450n, 4) → "12.345". */
export function decimalText(value: bigint, places: number, placesMin = 0): string {
  const digits = (value < 0n ? -value : value).toString().padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  const fraction = digits
    .slice(digits.length - places)
    .replace(/0+$/, "")
    .padEnd(placesMin, "0");
  return `${value < 0n ? "-" : ""}${whole}${fraction ? `.${fraction}` : ""}`;
}

/** A plain decimal as 10⁻⁸: "0.5" → 50000000n. Null for what is no decimal or has more places. */
export function parseE8(text: string): bigint | null {
  const found = DECIMAL.exec(text);
  if (!found) return null;
  const [, sign, whole = "0", fraction = ""] = found;
  if (fraction.length > E8_PLACES) return null;
  const value = BigInt(whole + fraction.padEnd(E8_PLACES, "0"));
  return sign ? -value : value;
}

/** Thousands apart, a true minus: "-12345.6" → "−12,345.6". What is no decimal stays as it is. */
export function grouped(text: string): string {
  const found = DECIMAL.exec(text);
  if (!found) return text;
  const [, sign, whole = "", fraction] = found;
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${sign ? MINUS : ""}${apart}${fraction === undefined ? "" : `.${fraction}`}`;
}

/** To `places`, never in our favour: towards −∞. "-0.001" at 2 → "-0.01". */
export function floored(text: string, places: number): string {
  const value = parseE8(text);
  if (value === null) return text;
  const step = 10n ** BigInt(E8_PLACES - places);
  let steps = value / step;
  if (value < 0n && value % step !== 0n) steps -= 1n;
  return decimalText(steps, places, places);
}

/** Money for a screen: two places, thousands apart; `signed` puts a plus before a gain. */
export function money(text: string | null | undefined, signed = false): string {
  if (text === null || text === undefined) return NOBODY_KNOWS;
  const shown = grouped(floored(text, 2));
  return signed && signOf(text) > 0 ? `+${shown}` : shown;
}

/** What was paid, for a screen: rounded up, so that no fee looks smaller than it is. */
export function cost(text: string | null | undefined): string {
  const other = negated(text);
  const value = other === null ? null : parseE8(floored(other, 2));
  return value === null ? NOBODY_KNOWS : grouped(decimalText(-value, E8_PLACES, 2));
}

/** Every digit of it, thousands apart. */
export function precise(text: string | null | undefined): string {
  return text === null || text === undefined ? NOBODY_KNOWS : grouped(text);
}

/** −1, 0 or 1; 0 for what is no decimal. */
export function signOf(text: string | null | undefined): -1 | 0 | 1 {
  const value = text ? parseE8(text) : null;
  return value === null || value === 0n ? 0 : value < 0n ? -1 : 1;
}

/** The sum of exact decimals; null if one is missing. */
export function sum(...texts: (string | null | undefined)[]): string | null {
  let total = 0n;
  for (const text of texts) {
    const value = text ? parseE8(text) : null;
    if (value === null) return null;
    total += value;
  }
  return decimalText(total, E8_PLACES, 2);
}

/** The other sign. */
export function negated(text: string | null | undefined): string | null {
  const value = text ? parseE8(text) : null;
  return value === null ? null : decimalText(-value, E8_PLACES, 2);
}

/** So many ticks or lots of `unitE8` each, with the places that the unit has: (6183764, 1000000) → "61837.64". */
export function unitsText(count: number, unitE8: number): string {
  const whole = exact(count);
  const unit = exact(unitE8);
  return whole === null || unit === null ? NOBODY_KNOWS : decimalText(whole * unit, E8_PLACES, placesOf(unitE8));
}

/** Decimal places of a unit in 10⁻⁸: 1000000 → 2. */
export function placesOf(unitE8: number): number {
  let places = E8_PLACES;
  for (let unit = unitE8; places > 0 && unit % 10 === 0 && unit !== 0; unit /= 10) places -= 1;
  return places;
}

/** Millionths as percent: 123456 → "12.34 %". Towards the larger use, so that no limit looks further than it is. */
export function percent(ppm: number | null | undefined, places = 2): string {
  const whole = exact(ppm);
  if (whole === null) return NOBODY_KNOWS;
  const step = 10n ** BigInt(4 - places);
  const steps = whole > 0n ? (whole + step - 1n) / step : whole / step;
  return `${grouped(decimalText(steps, places, places))} %`;
}

/** A count with thousands apart; one that has lost digits is not shown. */
export function count(value: number | null | undefined): string {
  const whole = exact(value);
  return whole === null ? NOBODY_KNOWS : grouped(whole.toString());
}

/** A strategy's parameter, which is a float, as one types it: 1e-7 → "0.0000001". */
export function plain(value: number): string {
  const [digits = "", power] = String(Math.abs(value)).split("e");
  if (power === undefined) return String(value);
  const [whole = "", fraction = ""] = digits.split(".");
  const point = whole.length + Number(power);
  const all = whole + fraction;
  const text = point > 0 ? all.padEnd(point, "0") : `0.${"0".repeat(-point)}${all}`;
  return value < 0 ? `-${text}` : text;
}
