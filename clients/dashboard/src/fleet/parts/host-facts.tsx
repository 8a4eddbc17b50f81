// What a host's broker says of itself, and the way to the host's own dashboard.

import type { ComponentChildren, VNode } from "preact";
import { dateTimeText, enumText } from "../../model/format.js";
import type { Host } from "../api/fleet-messages.js";
import { dashboardReach } from "../model/host-words.js";
import { LabelTags } from "./label-tags.js";

export function HostFacts({ host }: { readonly host: Host }): VNode {
  return (
    <dl class="facts">
      <Fact label="Name">{host.hostName}</Fact>
      <Fact label="Address">{host.address === "" ? "–" : host.address}</Fact>
      <Fact label="Broker">
        {host.brokerAddresses.length === 0 ? "–" : host.brokerAddresses.join(", ")}
      </Fact>
      <Fact label="Serving">{enumText(host.servingState, "SERVING_STATE_")}</Fact>
      <Fact label="Version">{host.version}</Fact>
      <Fact label="Platform">{host.platform}</Fact>
      <Fact label="Started">{dateTimeText(host.startTime)}</Fact>
      <Fact label="Last heard">{dateTimeText(host.lastHeardTime)}</Fact>
      {Object.keys(host.labels).length > 0 && (
        <Fact label="Labels">
          <LabelTags labels={host.labels} />
        </Fact>
      )}
    </dl>
  );
}

function Fact({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function OwnDashboard({ host }: { readonly host: Host }): VNode {
  const { dashboardUrl } = host;
  switch (dashboardReach(host, location.hostname)) {
    case "open":
      return (
        <p>
          <OpenLink url={dashboardUrl} />
        </p>
      );
    case "same-machine":
      return (
        <p>
          <OpenLink url={dashboardUrl} />{" "}
          <span class="quiet hint">
            It is on the loopback of that host: it opens where this browser runs on it.
          </span>
        </p>
      );
    case "elsewhere":
      return (
        <p class="quiet hint">
          The host's own dashboard, <code>{dashboardUrl}</code>, is on the loopback of that host and
          cannot be opened from here. The setting http.listen of its broker says where it listens.
        </p>
      );
    case "none":
      return <p class="quiet hint">The host serves no dashboard of its own.</p>;
  }
}

function OpenLink({ url }: { readonly url: string }): VNode {
  return (
    <a class="button" href={url} target="_blank" rel="noreferrer noopener">
      Open the host's own dashboard
    </a>
  );
}
