// ForgetHost: asks the source to remove the host, for every fleet server.

import type {
  ForgetHostRequest,
  ForgetHostResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import { echoHostName } from "../../server/domain/echo.js";
import { fieldInvalid } from "../../server/domain/refusals.js";
import { BrokerError, type BrokerErrorCode } from "../../server/domain/errors.js";
import { hostIdLengthMax } from "../records/record-limits.js";
import { type FleetSource, FleetSourceError } from "../sources/fleet-source.js";

const codes: Readonly<Record<FleetSourceError["code"], BrokerErrorCode>> = {
  HOST_NOT_FOUND: "host_not_found",
  HOST_IS_HEARD_FROM: "host_is_heard_from",
  HOSTS_ARE_GIVEN: "hosts_are_given",
  ETCD_UNAVAILABLE: "etcd_unavailable",
  CLOSED: "stopping",
};

/** What etcd did not do now it may do soon: it elects a leader in a second or two. */
const retryAfterMs = 2_000;

export async function forgetHost(
  source: Pick<FleetSource, "forgetHost">,
  { hostId, allowMissing }: ForgetHostRequest,
): Promise<ForgetHostResponse> {
  if (hostId === "") throw fieldInvalid("host_id", "is empty; name the host");
  try {
    return await source.forgetHost(hostId);
  } catch (error) {
    if (!(error instanceof FleetSourceError)) throw error;
    if (error.code === "HOST_NOT_FOUND" && allowMissing) return { forgottenLeases: 0 };
    throw refusal(error, hostId);
  }
}

function refusal(error: FleetSourceError, hostId: string): BrokerError {
  const code = codes[error.code];
  const shown = echoHostName(hostId, hostIdLengthMax);
  // It names the host, too, and goes on into the log.
  return new BrokerError(
    code,
    error.message.replaceAll(hostId, () => shown),
    {
      cause: error,
      subject: `host:${shown}`,
      metadata: { host_id: shown },
      ...(code === "etcd_unavailable" ? { retryAfterMs } : {}),
    },
  );
}
