// How long the client of etcd waits for what.

import type { ChannelOptions } from "@grpc/grpc-js";
import { answerBytesMax } from "./etcd.js";

export interface EtcdLimits {
  /** For a whole call, over all endpoints. Longer than an election takes (a second, unless etcd was told otherwise). */
  readonly callMsMax: number;
  /** For a connection to one endpoint, so that there is time for the others. */
  readonly connectMsMax: number;
  /** A watch that heard nothing for so long asks etcd whether it is there; and gives it up when it hears nothing again. */
  readonly silenceMsMax: number;
}

export const usualLimits: EtcdLimits = {
  callMsMax: 5_000,
  connectMsMax: 2_000,
  silenceMsMax: 5_000,
};

/**
 * gRPC notices by pings that the other side has gone without a word. etcd ends connections that ping more often than each five
 * seconds: --grpc-keepalive-min-time, https://etcd.io/docs/v3.5/op-guide/configuration/
 */
export const channelOptions: ChannelOptions = {
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.max_receive_message_length": answerBytesMax,
  // reach.ts would not go by a proxy either.
  "grpc.enable_http_proxy": 0,
  // A new channel is a new connection at once, where a shared one may be waiting before its next try.
  "grpc.use_local_subchannel_pool": 1,
};
