/** What stands in place of a part that could not be drawn: one answer of an unexpected shape leaves the rest as it is. */
import type { ComponentChildren } from "preact";
import { useErrorBoundary } from "preact/hooks";

/** Give it a key, so that what is shown next is tried anew. */
export function Boundary({ children }: { children: ComponentChildren }) {
  const [failure] = useErrorBoundary();
  if (failure === undefined) return <>{children}</>;
  const words = failure instanceof Error ? failure.message : String(failure);
  return (
    <section class="card" role="alert">
      <h2>This cannot be shown</h2>
      <p>
        An answer of the appliance is not what this page expects. The appliance goes on; its commands also work from the
        command line (<code>quantumflow status</code>, <code>quantumflow kill</code>). A reload fetches the page anew,
        which helps where the appliance was updated under it.
      </p>
      <p class="note">
        <code>{words}</code>
      </p>
      <button type="button" class="button main-action" onClick={() => location.reload()}>
        Reload
      </button>
    </section>
  );
}
