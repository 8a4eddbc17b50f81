// Says unmistakably that the fleet server's view is old: since when, and why.

import type { VNode } from "preact";
import { LevelIcon } from "../../parts/icons.js";
import { useFleet } from "../app/fleet-dashboard.js";
import { sourceNotice } from "../model/fleet-verdict.js";

export function SourceBanner(): VNode | null {
  const { live } = useFleet();
  const notice = sourceNotice(live.state.value.fleet?.source);
  // Of a fleet server that is not there nothing is known; the banner of the connection says so.
  if (notice === null || live.connection.value.kind !== "live") return null;
  return (
    <div class="banner">
      <div class="banner-inner">
        <LevelIcon level="critical" />
        <div class="banner-text" role="alert">
          <b>{notice.title}</b> {notice.detail}
        </div>
      </div>
    </div>
  );
}
