/** The machine's clock as a signal of whole seconds: ages on the page go on without an answer. */
import { signal } from "@preact/signals";

export const nowMs = signal(Date.now());
window.setInterval(() => {
  if (!document.hidden) nowMs.value = Date.now();
}, 1_000);
