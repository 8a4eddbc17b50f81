// Says unmistakably that what is shown is old: since when, why, and when the server is asked again.

import type { VNode } from "preact";
import { usePage } from "../app/page.js";
import { retryText } from "../model/connection-text.js";
import { spanText } from "../model/format.js";
import { LevelIcon } from "./icons.js";

export function ConnectionBanner(): VNode | null {
  const { live } = usePage();
  const connection = live.connection.value;
  if (connection.kind !== "lost") return null;
  return (
    <div class="banner">
      <div class="banner-inner">
        <LevelIcon level="critical" />
        <div class="banner-text" role="alert">
          <b>Connection lost.</b> {connection.reason}
        </div>
        <Ages retryAtMs={connection.retryAtMs} />
        <button type="button" class="button small" onClick={() => live.connect()}>
          Try now
        </button>
      </div>
    </div>
  );
}

/** Counts on each second, so it is not announced. */
function Ages({ retryAtMs }: { readonly retryAtMs: number }): VNode {
  const { live, nowMs } = usePage();
  const heardAtMs = live.heardAtMs.value;
  const age =
    heardAtMs === null ? "" : `What is shown is ${spanText(nowMs.value - heardAtMs)} old. `;
  return (
    <div class="banner-ages">
      {age}
      Next attempt {retryText(retryAtMs, nowMs.value)}.
    </div>
  );
}
