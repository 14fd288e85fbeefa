/** Signs, drawn here so that nothing is fetched. Each stands beside its word and says nothing by itself. */
import type { ComponentChildren } from "preact";
import type { PageName } from "../route";

function Sign({ children }: { children: ComponentChildren }) {
  return (
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.9"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

const PATHS = {
  now: ["M3 12h4l3 8 4-16 3 8h4"],
  market: ["M6 3v4M6 15v4M4 7h4v8H4zM17 5v3M17 17v4M15 8h4v9h-4z"],
  trades: ["M4 8h14l-4-4M20 16H6l4 4"],
  signals: ["M5 12a7 7 0 0 1 14 0M8.5 12a3.5 3.5 0 0 1 7 0M12 12v8"],
  risk: ["M12 3l8 3v6c0 4.6-3.4 7.7-8 9-4.6-1.3-8-4.4-8-9V6z"],
  bots: ["M5 9h14v10H5zM12 5v4M9 13v2M15 13v2M2 13v3M22 13v3"],
  records: ["M6 3h9l4 4v14H6zM9 13l2.2 2.2L15.5 11"],
  log: ["M5 6h14M5 12h14M5 18h9"],
  good: ["M5 12.5l4.5 4.5L19 7.5"],
  held: ["M9 6v12M15 6v12"],
  bad: ["M12 4v10M12 19v.5"],
  close: ["M6 6l12 12M18 6L6 18"],
  sun: [
    "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6L19 19M5 19l1.4-1.4M17.6 6.4L19 5",
  ],
  moon: ["M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z"],
} satisfies Record<PageName | "good" | "held" | "bad" | "close" | "sun" | "moon", string[]>;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <Sign>
      {PATHS[name].map((path) => (
        <path key={path} d={path} />
      ))}
    </Sign>
  );
}
