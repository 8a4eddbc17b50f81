// docs/limits.md against the constants.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { labelUnitsMax, targetsMax } from "#fleet/api/http-sd.js";
import { messageLimits } from "#fleet/api/message-parts.js";
import { longReadsMax, shortReadItemsMax } from "#fleet/api/sliced-page.js";
import { httpSdAnswersMax } from "#fleet/api/http-sd-page.js";
import { backoffLastMs } from "#etcd/backoff.js";
import { answerBytesMax } from "#etcd/etcd.js";
import { usualLimits } from "#etcd/etcd-limits.js";
import { endpointsMax, prefixLengthMax } from "#etcd/etcd-url.js";
import { knockAgainAfterMs, knocksAtOnceMax } from "#fleet/probe/host-prober.js";
import { knockWithinMs } from "#fleet/probe/knock.js";
import { absentAfterMs } from "#fleet/sources/brokers/broker-link.js";
import { brokersMax } from "#fleet/sources/brokers/broker-target.js";
import { leasesPerBrokerMax } from "#fleet/sources/brokers/left-out-leases.js";
import { lookUpEveryMs } from "#fleet/sources/brokers/brokers-srv.js";
import { readAnewEveryMs } from "#fleet/sources/etcd/reading-anew.js";
import { absentForMsMin } from "#fleet/sources/etcd/retention.js";
import { longestPauseMs } from "#fleet/sources/retry-pauses.js";
import { unreadableKeysMax } from "#fleet/sources/unreadable-entries.js";
import { skewMsMax } from "#fleet/view/host-problems.js";
import {
  labelKeyLengthMax,
  labelsMax,
  labelValueLengthMax,
  nameLengthMax,
} from "#server/domain/acquire-request.js";
import { findingsMax } from "#server/domain/audit-report.js";
import {
  pinsPerPoolMax,
  quotasPerPoolMax,
  revokeReasonLengthMax,
} from "#server/domain/steering-checks.js";
import { waitersMax } from "#server/domain/waiting-lines.js";
import { bindWithinMsMax, maxWaitMsMax } from "#server/domain/waiting-times.js";
import { recordBytesMax } from "#fleet/records/record-limits.js";
import { changedLeasesMax } from "#server/fleet/changed-leases.js";
import { farewellMsMax, reconnectSpreadMs } from "#server/fleet/fleet-publisher.js";
import { writeEveryMs } from "#server/fleet/lease-mirror.js";
import { leasesPerWriteMax } from "#server/fleet/lease-writes.js";
import { compareAgainMs } from "#server/fleet/recheck.js";
import * as limits from "#server/grpc/limits.js";
import * as httpLimits from "#server/http/limits.js";
import { liveWatchersMax, unreadMsMax } from "#server/grpc/live-readers.js";
import { pageSizeDefault, pageSizeMax } from "#server/grpc/page.js";
import { pageBytesMax } from "#server/grpc/page-bytes.js";
import { requestIdLengthMax } from "#server/grpc/parse.js";
import { portionBytesMax, recentLimits } from "#server/grpc/recent-changes.js";
import {
  inFlightMax,
  renewalsPerMessageMax,
  unsentMax,
  waitingPerSessionMax,
} from "#server/grpc/session.js";
import { restUsPerWatch, watchersMax } from "#server/grpc/watch-registry.js";
import { problemsMax } from "#server/live/problem.js";
import { eventsMax } from "#server/live/recent-events.js";
import { load } from "../support/config-world.js";
import { repositoryRoot } from "../support/repository.js";

const page = readFileSync(join(repositoryRoot, "docs", "limits.md"), "utf8");

/** Constant and value of each row that the pattern finds. */
function documented(row: RegExp): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...page.matchAll(row)].map(([, value = "", name = ""]) => [
      name,
      Number(value.replaceAll(",", "")),
    ]),
  );
}

const fleetSources = {
  brokersMax,
  leasesPerBrokerMax,
  absentAfterMs,
  lookUpEveryMs,
  longestPauseMs,
  unreadableKeysMax,
  readAnewEveryMs,
  absentForMsMin,
  knocksAtOnceMax,
  knockWithinMs,
  knockAgainAfterMs,
};

describe("docs/limits.md", () => {
  it("has every limit of the transport with its value, and no other", () => {
    const rows = documented(/^\|[^|]*\| ([\d,]+) +\|[^|]*\| `(\w+)` +\|$/gm);
    assert.deepEqual(rows, { ...limits, ...load().config.limits });
  });

  it("has the limits of HTTP, requests, streams, etcd and the fleet with their values", () => {
    const rows = documented(/^\|[^|]*\| ([\d,]+) +\| `(\w+)` +\|$/gm);
    assert.deepEqual(rows, {
      ...fleetSources,
      ...messageLimits,
      skewMsMax,
      nameLengthMax,
      labelsMax,
      labelKeyLengthMax,
      labelValueLengthMax,
      requestIdLengthMax,
      maxWaitMsMax,
      bindWithinMsMax,
      waitersMax,
      pageSizeMax,
      pageSizeDefault,
      pageBytesMax,
      findingsMax,
      longReadsMax,
      shortReadItemsMax,
      targetsMax,
      labelUnitsMax,
      httpSdAnswersMax,
      pinsPerPoolMax,
      quotasPerPoolMax,
      revokeReasonLengthMax,
      renewalsPerMessageMax,
      inFlightMax,
      waitingPerSessionMax,
      unsentMax,
      watchersMax,
      ...recentLimits,
      portionBytesMax,
      restUsPerWatch,
      ...httpLimits,
      liveWatchersMax,
      eventsMax,
      unreadMsMax,
      problemsMax,
      endpointsMax,
      prefixLengthMax,
      answerBytesMax,
      ...usualLimits,
      backoffLastMs,
      changedLeasesMax,
      leasesPerWriteMax,
      writeEveryMs,
      reconnectSpreadMs,
      compareAgainMs,
      farewellMsMax,
      recordBytesMax,
    });
  });
});
