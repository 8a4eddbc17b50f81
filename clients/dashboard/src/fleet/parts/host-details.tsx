// What is told of a host in short, where it was picked among many.

import type { VNode } from "preact";
import { plural } from "../../model/format.js";
import { problemTitle } from "../../model/verdict.js";
import { UseBar } from "../../parts/use-bar.js";
import type { Host } from "../api/fleet-messages.js";
import { hostLink } from "../model/fleet-route.js";
import { HostSentence } from "./host-state.js";

/** The rest is on the host's own page. */
const problemsShown = 3;

export interface HostDetailsProps {
  readonly host: Host;
  readonly sign: VNode;
}

export function HostDetails({ host, sign }: HostDetailsProps): VNode {
  const { hostId, usage, problems, leases } = host;
  return (
    <div class="port-details">
      <p class="port-details-title">
        {sign}
        <b>{hostId}</b>{" "}
        <span>
          <HostSentence host={host} />
        </span>
      </p>
      {usage !== undefined && <UseBar usage={usage} />}
      {problems.length > 0 && (
        <p>
          {problems.slice(0, problemsShown).map(problemTitle).join(", ")}
          {problems.length > problemsShown && `, ${problems.length - problemsShown} more`}
        </p>
      )}
      <p class="actions">
        <a class="button" href={hostLink(hostId)}>
          Open {hostId}, {plural(leases, "lease")}
        </a>
      </p>
    </div>
  );
}
