// The public names of @portlease/client. What is not here may change at any time.

// For applications.
export type { AcquireOptions } from "./acquire-options.js";
export type { BrokerAccessOptions } from "./broker-access.js";
export type { BindMethodChoice } from "./binding/bind-request.js";
export type { LeaseClientOptions } from "./client-options.js";
export {
  PortleaseError,
  type ClientReason,
  type PortleaseErrorCode,
  type PortleaseErrorFields,
} from "./errors.js";
export { lostExitCode } from "./exit-on-loss.js";
export { LeaseClient } from "./lease-client.js";
export type { LeaseEvents, LeaseJeopardy, LeaseLost } from "./lease-events.js";
export type { LeaseInfo, LeaseProtocol } from "./lease-info.js";
export type { LeaseState, LostReason } from "./lease-track.js";
export type { Lease } from "./lease.js";
export type { GrpcListener } from "./listen-grpc.js";
export type { Log, LogLevel } from "./log.js";
export type { LeaseBindOptions, LeaseListenOptions, LeaseSocketOptions } from "./socket-options.js";

// For tests of applications, and for programs that call the generated stubs themselves.
export type { Clock, Timer, Timers } from "./clock.js";
export { SignalRelease, type LeaseHolder, type SignalProcess } from "./signal-release.js";
export { brokerAccess, type BrokerAccess } from "./broker-access.js";
export { staysOnThisHost } from "./broker-address.js";
export { BrokerLocator } from "./discovery/broker-locator.js";
export {
  defaultAddress,
  locateBroker,
  type BrokerLocation,
  type LocateOptions,
} from "./discovery/locate-broker.js";
export { toPortleaseError } from "./status-details.js";
export type { TlsOptions } from "./tls-credentials.js";
