// What the audit of ports and the watch over holders have seen.

import type { AuditCounters } from "../domain/audit-counters.js";
import type { MetricRegistry, Sample } from "./metric-registry.js";

export interface AuditSource {
  readonly auditCounters: AuditCounters;
}

export function addAuditMetrics(registry: MetricRegistry, broker: AuditSource): void {
  const counters = broker.auditCounters;
  const by = (label: string, values: Readonly<Record<string, number>>): readonly Sample[] =>
    Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }));

  registry.gauge(
    "portlease_foreign_listeners",
    'Ports that somebody without a right to them is bound to, by the last round of the audit: on="leased" in the place of the ' +
      'holder, on="unleased" while nobody leases them.',
    ["on"],
    () => by("on", { leased: counters.now.stranger, unleased: counters.now.squatters }),
  );
  registry.gauge(
    "portlease_audited_leases",
    "Leases by what the last round of the audit saw on their ports.",
    ["binding"],
    () => {
      const { squatters: _ports, ...leases } = counters.now;
      return by("binding", leases);
    },
  );
  registry.counter(
    "portlease_audit_rounds_total",
    'Rounds of the audit: "seen", or "blind" because the tables of the operating system could not be read.',
    ["result"],
    () => by("result", { seen: counters.rounds, blind: counters.blindRounds }),
  );
  registry.total(
    "portlease_audit_process_walks_total",
    "How often the audit looked through all processes of the host, because something was suspicious.",
    () => counters.walks,
  );
  registry.total(
    "portlease_audit_postponed_ports_total",
    "Ports whose judgement had to wait for another round, because too many were to be judged.",
    () => counters.postponed,
  );
  registry.total(
    "portlease_audit_observations_total",
    "Changes of what is known of a lease's ports that were written down.",
    () => counters.recorded,
  );
  registry.counter(
    "portlease_audit_findings_total",
    "What the audit found: stranger, orphan (a socket that outlived its process), contested (several listen at once), never_bound, " +
      "holder_exited (both in leases), drifted, repaired (both in ports that the operating system did not hold).",
    ["finding"],
    () =>
      by("finding", {
        stranger: counters.strangers,
        orphan: counters.orphans,
        contested: counters.contested,
        never_bound: counters.neverBound,
        holder_exited: counters.holderExited,
        drifted: counters.drifted,
        repaired: counters.repaired,
      }),
  );
}
