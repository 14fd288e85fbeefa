/** Moments and durations as text. Nanoseconds come as JSON numbers: exact to a microsecond, shown to a millisecond. */

const NS_PER_MS = 1_000_000;

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** "21:04:05" in UTC, with `.123` if asked. */
export function clock(ns: number, millis = false): string {
  const at = new Date(Math.floor(ns / NS_PER_MS));
  const text = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  return millis ? `${text}.${String(at.getUTCMilliseconds()).padStart(3, "0")}` : text;
}

/** "2026-11-25 21:04:05" in UTC. */
export function moment(ns: number | null | undefined, millis = false): string {
  if (ns === null || ns === undefined || ns <= 0) return "–";
  return `${day(ns)} ${clock(ns, millis)}`;
}

/** "2026-11-25" in UTC. */
export function day(ns: number): string {
  return new Date(Math.floor(ns / NS_PER_MS)).toISOString().slice(0, 10);
}

/** Of today the clock alone, else with its day: what a table of events shows. */
export function when(ns: number, nowMs: number): string {
  return day(ns) === new Date(nowMs).toISOString().slice(0, 10) ? clock(ns) : moment(ns).slice(5);
}

/** A duration in the unit that fits: "640 ns", "41.2 µs", "18.4 ms", "3.2 s", "4 min 10 s", "3 h 2 min", "5 d 2 h". */
export function duration(ns: number): string {
  const size = Math.abs(ns);
  if (size < 1e3) return `${Math.round(ns)} ns`;
  if (size < 1e6) return `${short(ns / 1e3)} µs`;
  if (size < 1e9) return `${short(ns / 1e6)} ms`;
  const seconds = Math.round(size / 1e9);
  if (size < 10e9) return `${short(ns / 1e9)} s`;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
}

function short(value: number): string {
  return Math.abs(value) < 100 ? value.toFixed(1) : value.toFixed(0);
}

/** "12 s ago"; what lies ahead by a clock's error is "now". */
export function ago(ns: number, nowMs: number): string {
  const passed = nowMs * NS_PER_MS - ns;
  return passed < 1e9 ? "now" : `${duration(Math.floor(passed / 1e9) * 1e9)} ago`;
}
