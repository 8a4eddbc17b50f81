// One lease: who has it, how it stands, what happened to it; and taking it back.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { BrokerApi } from "../api/broker-api.js";
import type { Lease, LeaseEvent } from "../api/messages.js";
import { useDashboard } from "../app/dashboard.js";
import { useLoaded } from "../app/use-loaded.js";
import { holderText, portsText, protocolText } from "../model/format.js";
import { explainLink } from "../model/route.js";
import { LeaseBadges } from "../parts/lease-badges.js";
import { LeaseFacts } from "../parts/lease-facts.js";
import { LeaseTimeline } from "../parts/lease-timeline.js";
import { Loading, Refusal } from "../parts/notice.js";
import { RevokeDialog } from "../parts/revoke-dialog.js";

const refreshEveryMs = 2_000;

interface LeaseStory {
  readonly lease: Lease | null;
  readonly events: readonly LeaseEvent[];
  /** There are more than are shown. */
  readonly hasMore: boolean;
  readonly knownSince: string | undefined;
}

export function LeaseView({ leaseId }: { readonly leaseId: string }): VNode {
  const { api } = useDashboard();
  const { data, atMs, error } = useLoaded(leaseId, (signal) => readStory(api, leaseId, signal), {
    everyMs: refreshEveryMs,
  });
  if (data === null) {
    return error === null ? <Loading what="the lease" /> : <Refusal error={error} />;
  }
  const { lease } = data;
  return (
    <>
      <p class="breadcrumb">
        <a href="#/leases">Leases</a> <span aria-hidden="true">/</span>{" "}
        <span class="mono">{leaseId}</span>
      </p>
      {lease === null ? (
        <div class="page-head">
          <h1>Lease {leaseId} is not known</h1>
        </div>
      ) : (
        <LeaseHead lease={lease} />
      )}
      <div class="columns">
        <div class="column-main">
          <section class="card" aria-labelledby="timeline-title">
            <h2 id="timeline-title">What happened</h2>
            <LeaseTimeline {...data} />
          </section>
        </div>
        {lease !== null && (
          <div class="column-side">
            <LeaseFacts lease={lease} atMs={atMs} />
          </div>
        )}
      </div>
    </>
  );
}

function LeaseHead({ lease }: { readonly lease: Lease }): VNode {
  const [isAsking, setAsking] = useState(false);
  const isActive = lease.state === "STATE_ACTIVE";
  return (
    <div class="page-head">
      <div class="lease-title">
        <h1>
          <span class="mono">{portsText(lease.port, lease.portCount)}</span> {holderText(lease)}
        </h1>
        <p class="tags">
          <span class="tag">{protocolText(lease.protocol)}</span>
          <LeaseBadges lease={lease} />
        </p>
      </div>
      <div class="page-tools">
        <a class="button" href={explainLink(lease.port)}>
          Explain port
        </a>
        {isActive && (
          <button type="button" class="button danger-quiet" onClick={() => setAsking(true)}>
            Revoke …
          </button>
        )}
      </div>
      {isAsking && <RevokeDialog lease={lease} onClose={() => setAsking(false)} />}
    </div>
  );
}

/** An ended lease is only in the history; a young one may not be there yet. */
async function readStory(
  api: BrokerApi,
  leaseId: string,
  signal: AbortSignal,
): Promise<LeaseStory> {
  const [lease, page] = await Promise.all([
    api.findLease(leaseId, signal),
    api.listLeaseEvents({ leaseId, pageToken: "" }, signal),
  ]);
  return {
    lease: lease ?? page.events.at(-1)?.lease ?? null,
    events: page.events,
    hasMore: page.nextPageToken !== "",
    knownSince: page.knownSince,
  };
}
