// The state of the host in two or three words, and how bad it is: what one reads first. The words are those of the dashboard.

import {
  type GetBrokerResponse,
  ServingState,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { Tone } from "../terminal/paint.js";
import { severityTones } from "../terminal/tones.js";

export interface Verdict {
  readonly title: string;
  readonly tone: Tone | null;
}

/** What the reasons of problems are called; others are put into words as they are. */
const titles: Readonly<Record<string, string>> = {
  READ_ONLY: "Read-only",
  POOL_FULL: "Full",
  POOL_NEARLY_FULL: "Nearly full",
  QUARANTINE_HIGH: "Many ports in quarantine",
  PORT_TAKEN_BY_STRANGER: "Stranger on a leased port",
  LEASE_UNPROTECTED: "Unprotected leases",
  PORTS_UNAVAILABLE: "Ports out of use",
  BLOCK_DRAINING: "Draining",
};

export function verdictOf({ servingState, problems }: GetBrokerResponse): Verdict {
  // A broker that cannot write is read-only whatever else is wrong.
  if (servingState === ServingState.SERVING_STATE_READ_ONLY) {
    return { title: "Read-only", tone: "critical" };
  }
  if (servingState === ServingState.SERVING_STATE_STOPPING) {
    return { title: "Stopping", tone: "warning" };
  }
  const [worst] = problems;
  if (worst === undefined) return { title: "All well", tone: "well" };
  return {
    title: titles[worst.reason] ?? words(worst.reason),
    tone: severityTones[worst.severity],
  };
}

function words(reason: string): string {
  const text = reason.toLowerCase().replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
