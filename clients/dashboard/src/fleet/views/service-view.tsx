// Where a service runs, and on which ports.

import type { VNode } from "preact";
import { useLoaded } from "../../app/use-loaded.js";
import { usePages, useStepBack } from "../../app/use-pages.js";
import { CopyButton } from "../../parts/copy-button.js";
import { Empty, Loading, Refusal } from "../../parts/notice.js";
import { Pager } from "../../parts/pager.js";
import { SearchField } from "../../parts/search-field.js";
import { useFleet } from "../app/fleet-dashboard.js";
import type { ServiceEndpoint } from "../api/fleet-messages.js";
import { hostLink, searchLink, serviceLink, withQuery } from "../model/fleet-route.js";
import { parseLabels } from "../model/label-words.js";
import { LeaseState } from "../parts/fleet-lease-table.js";
import { LabelTags } from "../parts/label-tags.js";

const pageSize = 50;
const refreshEveryMs = 3_000;

export interface ServiceViewProps {
  readonly service: string;
  readonly query: URLSearchParams;
}

export function ServiceView({ service, query }: ServiceViewProps): VNode {
  const labels = query.get("labels") ?? "";
  const includeStale = query.get("stale") !== "no";
  const show = (next: { labels: string; stale: string }): void =>
    location.replace(withQuery(serviceLink(service), next));
  return (
    <>
      <div class="page-head">
        <h1>{service}</h1>
        <a href={searchLink(service)}>Everything found by {service}</a>
      </div>
      <form
        class="lease-search"
        aria-label="Which instances"
        onSubmit={(event) => event.preventDefault()}
      >
        <SearchField
          label="Only instances with these labels"
          placeholder="env=prod zone=a"
          value={labels}
          onChange={(next) => show({ labels: next, stale: query.get("stale") ?? "" })}
        />
        <label class="inline-field">
          <input
            type="checkbox"
            checked={includeStale}
            onChange={(event) => show({ labels, stale: event.currentTarget.checked ? "" : "no" })}
          />
          <span>STALE ones, too</span>
        </label>
      </form>
      <Endpoints service={service} labels={labels} includeStale={includeStale} />
    </>
  );
}

interface EndpointsProps {
  readonly service: string;
  readonly labels: string;
  readonly includeStale: boolean;
}

function Endpoints({ service, labels, includeStale }: EndpointsProps): VNode {
  const { api, live } = useFleet();
  const question = `${service}\n${labels}\n${includeStale}`;
  const pages = usePages(question);
  const { data, error, loading } = useLoaded(
    `${question}\n${pages.pageToken}`,
    (signal) =>
      api.findService(
        {
          service,
          labels: parseLabels(labels),
          includeStale,
          pageSize,
          pageToken: pages.pageToken,
        },
        signal,
      ),
    { everyMs: refreshEveryMs, keep: true, stamp: live.state.value.fleet?.changes ?? "" },
  );
  useStepBack(pages, data !== null && data.endpoints.length === 0);
  if (error?.code === "invalid_argument") return <Refusal error={error} />;
  if (data === null)
    return error === null ? <Loading what="where it runs" /> : <Refusal error={error} />;
  if (data.endpoints.length === 0) return <Empty title={`${service} runs nowhere`} />;
  return (
    <section class="card table-card" aria-label="Where it runs" aria-busy={loading}>
      {error !== null && <Refusal error={error} />}
      <EndpointTable endpoints={data.endpoints} />
      <Pager
        first={pages.index * pageSize + 1}
        shown={data.endpoints.length}
        total={null}
        onPrevious={pages.previous}
        onNext={pages.next(data.nextPageToken)}
      />
    </section>
  );
}

function EndpointTable({ endpoints }: { readonly endpoints: readonly ServiceEndpoint[] }): VNode {
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">Address</th>
          <th scope="col">Host</th>
          <th scope="col">State</th>
          <th scope="col" class="from-medium">
            Instance
          </th>
          <th scope="col" class="from-wide">
            Labels
          </th>
        </tr>
      </thead>
      <tbody>
        {endpoints.map(({ address, port, lease }) => {
          if (lease === undefined) return null;
          const at = `${address}:${port}`;
          return (
            <tr
              key={`${lease.hostId} ${lease.leaseId}`}
              class={lease.state === "STATE_STALE" ? "row-stale" : ""}
            >
              <td class="cell-address">
                <span class="mono">{at}</span> <CopyButton text={at} />
              </td>
              <td class="cell-service">
                <a href={hostLink(lease.hostId)}>{lease.hostId}</a>
              </td>
              <td>
                <LeaseState lease={lease} />
              </td>
              <td class="from-medium">{lease.instance === "" ? "–" : lease.instance}</td>
              <td class="from-wide">
                <LabelTags labels={lease.labels} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
