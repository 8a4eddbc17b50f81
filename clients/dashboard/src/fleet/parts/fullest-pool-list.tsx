// The pools that will be exhausted first, each with how full it is.

import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import { countText } from "../../model/format.js";
import { UseBar } from "../../parts/use-bar.js";
import type { Host } from "../api/fleet-messages.js";
import { hostLink } from "../model/fleet-route.js";
import { fullestPools } from "../model/fullest-pools.js";

const poolsShown = 10;

export function FullestPoolList({ hosts }: { readonly hosts: readonly Host[] }): VNode {
  const pools = useMemo(() => fullestPools(hosts, poolsShown), [hosts]);
  return (
    <section class="card" aria-labelledby="fullest-title">
      <h2 id="fullest-title">Fullest pools</h2>
      {pools.length === 0 ? (
        <p class="quiet hint">No host that is heard from has ports.</p>
      ) : (
        <ol class="pool-list pool-columns">
          {pools.map(({ hostId, pool, usage, waitingRequests }) => (
            <li key={`${hostId} ${pool}`}>
              <p class="pool-list-name">
                <a class="row-link" href={hostLink(hostId)}>
                  {hostId}
                </a>{" "}
                <span class="quiet">{pool}</span>
                {waitingRequests > 0 && (
                  <b class="pool-list-waiting"> {countText(waitingRequests)} waiting</b>
                )}
              </p>
              <UseBar usage={usage} />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
