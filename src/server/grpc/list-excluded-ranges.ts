// ListExcludedRanges: what the operating system keeps out of its own picks, and what it picks from. Asks at each call: the
// ranges of Hyper-V and of the container network move while the broker runs.

import type {
  ExcludedRange,
  ListExcludedRangesRequest,
  ListExcludedRangesResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { TransportProtocol } from "../domain/records.js";
import { wireProtocol } from "./convert.js";
import { parseTransports } from "./parse.js";

interface PortRun {
  readonly firstPort: number;
  readonly portCount: number;
}

/** What the host is asked; each answers `null` when it cannot be told. */
export interface HostRanges {
  excludedRanges(
    protocol: TransportProtocol,
  ): Promise<readonly (PortRun & { readonly administered: boolean })[] | null>;
  dynamicRange(protocol: TransportProtocol): Promise<PortRun | null>;
}

export async function listExcludedRanges(
  host: HostRanges,
  request: ListExcludedRangesRequest,
): Promise<ListExcludedRangesResponse> {
  const protocols = parseTransports(request.protocol);
  const ranges: ExcludedRange[] = [];
  let known = true;
  for (const protocol of protocols) {
    const excluded = await host.excludedRanges(protocol);
    if (excluded === null) known = false;
    const sorted = (excluded ?? []).toSorted((a, b) => a.firstPort - b.firstPort);
    ranges.push(...sorted.map((range) => toWireRange(protocol, range, range.administered)));
  }
  const [first = "tcp"] = protocols;
  const dynamic = await host.dynamicRange(first);
  const dynamicRange = dynamic === null ? undefined : toWireRange(first, dynamic, false);
  return { ranges, dynamicRange, known };
}

function toWireRange(
  protocol: TransportProtocol,
  { firstPort, portCount }: PortRun,
  administered: boolean,
): ExcludedRange {
  const lastPort = firstPort + portCount - 1;
  return { protocol: wireProtocol[protocol], firstPort, lastPort, administered };
}
