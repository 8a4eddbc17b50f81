// GetHost: what is known of one host.

import type {
  GetHostRequest,
  GetHostResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import { echoHostName } from "../../server/domain/echo.js";
import { BrokerError } from "../../server/domain/errors.js";
import { hostIdLengthMax } from "../records/record-limits.js";
import type { FleetReader } from "../view/fleet-reader.js";
import { toWireHost } from "./wire-fleet.js";

export function getHost(view: FleetReader, { hostId }: GetHostRequest): GetHostResponse {
  const host = view.host(hostId);
  if (host !== undefined) return { host: toWireHost(host) };
  const shown = echoHostName(hostId, hostIdLengthMax);
  throw new BrokerError(
    "host_not_found",
    `no host of the fleet has the id ${JSON.stringify(shown)}; ListHosts and "portlease fleet hosts" list them`,
    { metadata: { host_id: shown }, subject: `host:${shown}` },
  );
}
