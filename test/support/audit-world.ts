// What the audit needs of the world: of an imaginary host, or of nowhere.

import type { FakeHostPorts } from "@portlease/native/fake";
import { HostProcesses } from "#server/audit/holder-processes.js";
import { HostWitness } from "#server/audit/host-witness.js";
import type { AuditDependencies } from "#server/domain/audit-boundaries.js";

/** As often as the configuration says by default. */
export const auditEveryMs = 5_000;

export function auditWorldOf(
  host: FakeHostPorts,
  everyMs: number | null = null,
): AuditDependencies {
  return {
    everyMs,
    processes: new HostProcesses(host),
    watchesMax: 1_000,
    witness: new HostWitness(host),
    nextTurn: () => Promise.resolve(),
  };
}

/** Never looks by itself, and sees nobody when asked. */
export const emptyWorld: AuditDependencies = {
  everyMs: null,
  processes: { watch: () => null, hasEnded: () => null },
  watchesMax: 1_000,
  witness: {
    look: () => Promise.resolve(new Map()),
    judge: (questions) =>
      Promise.resolve(
        questions.map(() => ({
          binding: "unbound",
          contested: false,
          processId: 0,
          processName: "",
          detail: "nobody is bound to it",
        })),
      ),
    isReserved: () => Promise.resolve(null),
  },
  nextTurn: () => Promise.resolve(),
};
