/** A verdict: every rule that core_risk consulted, with its figure and its limit. */
import type { Verdict } from "../api/types";
import { count } from "../format/decimal";
import { spaced } from "../format/words";
import { Chip } from "./pieces";
import { Table } from "./table";

export function Rules({ verdict }: { verdict: Verdict }) {
  const failed = verdict.rules.find((rule) => !rule.ok);
  return (
    <section class="section" aria-label="The verdict">
      <h3>
        The verdict: {verdict.verdict}
        {failed ? `, by ${spaced(failed.rule)}` : ""} · {verdict.rules.length} rules asked
      </h3>
      <details>
        <summary>Every rule with its numbers</summary>
        <Table
          caption="Rules of this verdict"
          rows={verdict.rules}
          id={(rule) => rule.rule}
          columns={[
            { name: "rule", cell: (rule) => spaced(rule.rule) },
            { name: "figure", number: true, cell: (rule) => count(rule.value) },
            { name: "limit", number: true, cell: (rule) => count(rule.limit) },
            {
              name: "says",
              cell: (rule) => <Chip mood={rule.ok ? "good" : "bad"}>{rule.ok ? "passes" : "fails"}</Chip>,
            },
          ]}
        />
      </details>
    </section>
  );
}
