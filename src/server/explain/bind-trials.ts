// Reads the trial binds: which addresses were refused, and whether that is for lack of rights or because of somebody else.

import type { PortFacts, TrialFact } from "./port-facts.js";

export interface Refusal {
  readonly address: string;
  readonly errorNumber: number;
  readonly errorName: string;
}

/** This host has no such address or family, which says nothing about the port. */
const addressAbsent: ReadonlySet<string> = new Set([
  "EAFNOSUPPORT",
  "EPROTONOSUPPORT",
  "EADDRNOTAVAIL",
  "WSAEAFNOSUPPORT",
  "WSAEADDRNOTAVAIL",
]);

/** https://learn.microsoft.com/en-us/windows/win32/winsock/windows-sockets-error-codes-2 */
const accessDenied: ReadonlySet<string> = new Set(["EACCES", "EPERM", "WSAEACCES"]);

export function refusals({ trials }: Pick<PortFacts, "trials">): readonly Refusal[] {
  return trials.flatMap(({ address, trial }) =>
    trial === null || trial.bound || addressAbsent.has(trial.errorName)
      ? []
      : [{ address, errorNumber: trial.errorNumber, errorName: trial.errorName }],
  );
}

/** Whether something that stands in the way really does: the trials say so, or there was none to say otherwise. */
export function stopsBind(facts: Pick<PortFacts, "trials">): boolean {
  return refusals(facts).length > 0 || facts.trials.every(isUnknown);
}

export function isDenied({ errorName }: Refusal): boolean {
  return accessDenied.has(errorName);
}

/** "0.0.0.0 and :: (EADDRINUSE 98), ::1 (EACCES 13)" */
export function refusalText(refused: readonly Refusal[]): string {
  const byError = new Map<string, string[]>();
  for (const { address, errorNumber, errorName } of refused) {
    const error = `${errorName} ${errorNumber}`;
    byError.set(error, [...(byError.get(error) ?? []), address]);
  }
  return [...byError].map(([error, addresses]) => `${addresses.join(", ")} (${error})`).join("; ");
}

function isUnknown({ trial }: TrialFact): boolean {
  return trial === null;
}
