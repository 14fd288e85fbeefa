/** How long to wait before the next try: doubled from 0.5 s up to 8 s, a part of it by chance so that many pages do not
 * come at once. `chance` is from 0 to 1. */

export const FIRST_MS = 500;
export const LONGEST_MS = 8_000;

export function backoff(tries: number, chance: number): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries, 10));
  return Math.round(whole * (0.75 + chance * 0.25));
}
