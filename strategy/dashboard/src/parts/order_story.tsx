/** One order with everything that became of it, in the words of `quantumflow why`. */
import type { OrderStory } from "../api/types";
import { useResource } from "../live/resource";
import { turn } from "../route";
import { Dialog } from "./dialog";
import { Fills } from "./fills";
import { nowMs } from "./now";
import { Waiting } from "./pieces";
import { Rules } from "./rules";

export function OrderDrawer({ id }: { id: string }) {
  const { value, error } = useResource<OrderStory>(`/api/v1/orders/${encodeURIComponent(id)}`, 3_000);
  return (
    <Dialog title={`Order ${id}`} kind="drawer" onClose={() => turn({ order: null })}>
      {value ? (
        <>
          <pre class="told">{value.words.join("\n")}</pre>
          <section class="section" aria-label="Its fills">
            <h3>Its fills</h3>
            <Fills fills={value.fills} nowMs={nowMs.value} />
          </section>
          {value.verdict ? <Rules verdict={value.verdict} /> : null}
        </>
      ) : (
        <Waiting error={error} />
      )}
    </Dialog>
  );
}
