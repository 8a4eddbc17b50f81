// What the audit needs of the world, as a test says.

import type { AuditDependencies, PortJudgement } from "#server/domain/audit-boundaries.js";
import { emptyWorld } from "./audit-world.js";

/** `bound`: ports on which the holder is, for all that is known. `ended`: ids of processes that have. Both may change. */
export function worldOf(bound: ReadonlySet<number>, ended: ReadonlySet<number>): AuditDependencies {
  const judgement = (port: number): PortJudgement => ({
    binding: bound.has(port) ? "bound" : "unbound",
    contested: false,
    processId: 0,
    processName: "",
    detail: "the test says so",
  });
  const witness: AuditDependencies["witness"] = {
    look: () =>
      Promise.resolve(
        new Map(
          [...bound].map((port) => [port, { fingerprint: "x", listeners: 1, processIds: null }]),
        ),
      ),
    judge: (questions) => Promise.resolve(questions.map(({ port }) => judgement(port))),
    isReserved: () => Promise.resolve(null),
  };
  const hasEnded = ({ processId }: { readonly processId: number }): boolean => ended.has(processId);
  return { ...emptyWorld, witness, processes: { watch: () => null, hasEnded } };
}
