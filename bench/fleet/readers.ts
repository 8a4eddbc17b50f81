// Readers of WatchFleet, each on a connection of its own, as dashboards are: how late they see the probe, and how much they are sent.

import { type ChannelOptions, Client, type ClientReadableStream, credentials } from "@grpc/grpc-js";
import {
  FleetServiceService,
  WatchFleetRequest,
  WatchFleetResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import { Latencies } from "./latencies.js";
import { isProbe, probeAgeMs } from "./probe.js";

export interface ReaderKind {
  readonly intervalMs: number;
  /** Leases too, all of them. */
  readonly leases: boolean;
}

/** A first view of 200,000 leases comes in parts, each far below this. */
const options: ChannelOptions = {
  "grpc.use_local_subchannel_pool": 1,
  "grpc.max_receive_message_length": 64 * 1024 * 1024,
};

export class Readers {
  readonly #clients: Client[] = [];
  readonly #streams: ClientReadableStream<Uint8Array>[] = [];
  #latencies = new Latencies();
  #bytes = 0;
  #messages = 0;
  #failure: Error | null = null;

  /** Resolves when all have the whole first view, with how long that took. */
  async open(address: string, kind: ReaderKind, count: number): Promise<number> {
    const startMs = performance.now();
    await Promise.all(
      Array.from({ length: count }, (_, index) => this.#open(address, kind, index)),
    );
    return performance.now() - startMs;
  }

  /** What was seen since the last call, of all readers together. Throws when a reader has been ended by the server. */
  take(): { readonly latencies: Latencies; readonly bytes: number; readonly messages: number } {
    if (this.#failure !== null) throw this.#failure;
    const taken = { latencies: this.#latencies, bytes: this.#bytes, messages: this.#messages };
    this.#latencies = new Latencies();
    this.#bytes = 0;
    this.#messages = 0;
    return taken;
  }

  close(): void {
    for (const stream of this.#streams.splice(0)) stream.cancel();
    for (const client of this.#clients.splice(0)) client.close();
  }

  #open(address: string, kind: ReaderKind, index: number): Promise<void> {
    const client = new Client(address, credentials.createInsecure(), options);
    const { path, requestSerialize } = FleetServiceService.watchFleet;
    const request = WatchFleetRequest.fromPartial({
      interval: durationOf(kind.intervalMs),
      leases: kind.leases,
    });
    const stream = client.makeServerStreamRequest(
      path,
      requestSerialize,
      (bytes) => new Uint8Array(bytes),
      request,
    );
    this.#clients.push(client);
    this.#streams.push(stream);
    let complete = false;
    return new Promise((resolve, reject) => {
      stream.on("error", (error) => {
        reject(error);
        if (this.#streams.includes(stream)) this.#failure ??= error;
      });
      stream.on("data", (bytes: Uint8Array) => {
        this.#bytes += bytes.byteLength;
        this.#messages += 1;
        // The others are sent the same bytes, and reading them would be work of this process alone.
        if (complete && index > 0) return;
        const message = WatchFleetResponse.decode(bytes);
        if (complete) {
          const probes = message.hosts.filter(({ hostId }) => isProbe(hostId));
          for (const { labels } of probes) this.#latencies.add(probeAgeMs(labels));
        }
        if (!message.complete) return;
        complete = true;
        resolve();
      });
    });
  }
}

function durationOf(ms: number): { readonly seconds: bigint; readonly nanos: number } {
  return { seconds: BigInt(Math.floor(ms / 1_000)), nanos: (ms % 1_000) * 1_000_000 };
}
