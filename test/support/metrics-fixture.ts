// The metrics of a real lease core on a fake clock, and the text of metrics taken apart.

import type { LeaseHistory } from "#server/domain/lease-history.js";
import { RpcCounters } from "#server/grpc/rpc-counters.js";
import { BrokerMetrics, type MetricsSources } from "#server/metrics/broker-metrics.js";
import type { BrokerFixture } from "./broker-fixture.js";

const emptyHistory: Pick<LeaseHistory, "searchChanges"> = {
  searchChanges: (_search, searchedTo) =>
    Promise.resolve({ changes: [], searchedTo, complete: true, oldestWallMs: null }),
};

/** Close it. */
export function metricsOf(
  { broker, clock }: BrokerFixture,
  changed: Partial<MetricsSources> = {},
): BrokerMetrics {
  return new BrokerMetrics({
    broker,
    facts: { version: "1.2.3", host: "ci", platform: "linux", startedWallMs: clock.wallMs() },
    replayMs: 0,
    history: emptyHistory,
    storeFiles: {},
    calls: new RpcCounters(clock),
    connectionCount: () => 0,
    sessionCount: () => 0,
    watches: { size: 0, lagRevisions: 0 },
    tls: () => null,
    excludedRanges: () => Promise.resolve([]),
    fleetPublisher: () => null,
    clock,
    ...changed,
  });
}

export type Series = Readonly<Record<string, number>>;

/** Value by series, as in the text: the name, and labels in braces where it has any. */
export function seriesIn(text: string): Series {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => {
      const end = line.lastIndexOf(" ");
      return [line.slice(0, end), Number(line.slice(end + 1).replace("+Inf", "Infinity"))];
    }),
  );
}

/** Those of the series whose metric has the name. */
export function seriesOf(series: Series, name: string): Series {
  return Object.fromEntries(
    Object.entries(series).filter(([key]) => key === name || key.startsWith(`${name}{`)),
  );
}
