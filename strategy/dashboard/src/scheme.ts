/** Light or dark: the system's wish until somebody chooses. */
import { signal } from "@preact/signals";

export type Scheme = "light" | "dark";
const KEY = "quantumflow.scheme";
const system = window.matchMedia("(prefers-color-scheme: dark)");

export const scheme = signal<Scheme>(chosen() ?? wished());

function chosen(): Scheme | null {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : null;
}

function wished(): Scheme {
  return system.matches ? "dark" : "light";
}

export function choose(next: Scheme): void {
  localStorage.setItem(KEY, next);
  scheme.value = next;
}

system.addEventListener("change", () => {
  if (chosen() === null) scheme.value = wished();
});

scheme.subscribe((value) => {
  document.documentElement.dataset.scheme = value;
});
