// A program with the view of a fleet and its readers, and no source: what changes was made before, and is told as fast as it is asked
// to. Started by core-live.ts, which it obeys message by message. Argument: the fleet's size as JSON.

import { Server, ServerCredentials } from "@grpc/grpc-js";
import { FleetSource_Kind } from "@portlease/proto/portlease/v1/fleet_service.js";
import type { FleetCall } from "#fleet/api/fleet-watch.js";
import { FleetWatches } from "#fleet/api/fleet-watches.js";
import { servedFleetService } from "#fleet/api/served-fleet-service.js";
import { FleetView } from "#fleet/view/fleet-view.js";
import { Housekeeping } from "#server/housekeeping.js";
import { EventLoopDelay } from "#server/metrics/event-loop-delay.js";
import { systemClock } from "#server/system-clock.js";
import { setImmediate as nextTurn } from "node:timers/promises";
import { SimulatedFleet } from "../../test/support/simulated-fleet.js";
import { silentLog } from "../../test/support/silent-log.js";
import type { CoreAnswer, CoreOrder, LiveFigures } from "./core-orders.js";
import {
  encodeChange,
  encodeFleet,
  type EncodedEntry,
  tellEntry,
  tellPut,
} from "./encoded-fleet.js";
import { measureMemory } from "../servers/memory.js";
import type { FleetSize } from "./options.js";
import { runPaced } from "./paced.js";
import { probeHostId, probeHostIds, probePresence, probeRecord, probesPerSecond } from "./probe.js";

/** As many entries as a source is told by etcd at once, about. */
const entriesPerTurn = 500;

class Core {
  readonly #view = new FleetView(systemClock);
  readonly #fleet: SimulatedFleet;
  readonly #watches: FleetWatches;
  readonly #server = new Server();
  readonly #housekeeping: Housekeeping;

  constructor(size: FleetSize) {
    this.#fleet = new SimulatedFleet({ ...size, nowWallMs: Date.now() });
    const everything = () => () => true;
    this.#watches = new FleetWatches({
      view: this.#view,
      facts: { version: "0.0.0", sourceKind: FleetSource_Kind.KIND_ETCD, sourceAddresses: [] },
      filters: { hosts: everything, leases: everything },
      clock: systemClock,
      log: silentLog,
    });
    this.#server.addService(
      { watchFleet: servedFleetService.watchFleet },
      { watchFleet: (call: FleetCall) => this.#watches.serve(call) },
    );
    this.#housekeeping = new Housekeeping([this.#watches]);
  }

  async start(): Promise<string> {
    for (const { kind, hostId, leaseId, bytes } of encodeFleet(this.#fleet)) {
      if (bytes !== null) tellPut(kind, hostId, leaseId, bytes, this.#view);
    }
    // One that is not heard from would be a problem of the fleet, and each change of it another one.
    for (const hostId of probeHostIds) this.#view.putPresence(hostId, probePresence);
    this.#housekeeping.start();
    const port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    return `127.0.0.1:${port}`;
  }

  /** Changes come one after the other, `rate` a second; a probe now and then. */
  async live(rate: number, seconds: number): Promise<LiveFigures> {
    const changes: EncodedEntry[] = [];
    for (let count = 0; count < rate * seconds; count += 1) {
      changes.push(encodeChange(this.#fleet.nextChange(count / rate)));
    }
    const probeEvery = Math.max(1, Math.round(rate / probesPerSecond));
    return this.#measured(async () => {
      const { done } = await runPaced({ perSecond: rate, seconds }, (index) => {
        const change = changes[index];
        if (change !== undefined) tellEntry(change, this.#view);
        if (index % probeEvery === 0) {
          this.#view.putHost(probeHostId(index / probeEvery), probeRecord());
        }
      });
      return done;
    });
  }

  /** All hosts are told again at once, as after an outage, and every lease has changed. */
  async storm(): Promise<LiveFigures> {
    const changes = [...this.#fleet.rebindAll()].map(encodeChange);
    const entries = encodeFleet(this.#fleet).filter(({ kind }) => kind !== "lease");
    return this.#measured(async () => {
      const snapshot = this.#view.beginSnapshot(null);
      const all = [...entries, ...changes];
      for (const [index, { kind, hostId, leaseId, bytes }] of all.entries()) {
        if (bytes !== null) tellPut(kind, hostId, leaseId, bytes, snapshot);
        if (index % entriesPerTurn === 0) await nextTurn();
      }
      snapshot.putHost(probeHostId(0), probeRecord());
      // Readers are to see that it is over.
      snapshot.abandon();
      return all.length;
    });
  }

  stop(): void {
    this.#housekeeping.stop();
    this.#watches.stop();
    this.#server.forceShutdown();
  }

  async #measured(act: () => Promise<number>): Promise<LiveFigures> {
    const { residentBytes } = measureMemory();
    const delay = new EventLoopDelay();
    const before = process.cpuUsage();
    const startMs = performance.now();
    const changes = await act();
    const tookMs = performance.now() - startMs;
    const { user, system } = process.cpuUsage(before);
    const { p99, max } = delay.take();
    delay.close();
    return {
      changes,
      tookMs,
      cpuMs: (user + system) / 1_000,
      loopDelayP99Ms: p99 * 1_000,
      loopDelayMaxMs: max * 1_000,
      residentBytes,
    };
  }
}

const size = JSON.parse(process.argv[2] ?? "") as FleetSize;
const core = new Core(size);
const answer = (message: CoreAnswer): unknown => process.send?.(message);

async function obey(order: CoreOrder): Promise<void> {
  if (order.do === "stop") {
    core.stop();
    process.disconnect();
    return;
  }
  const figures =
    order.do === "live" ? await core.live(order.rate, order.seconds) : await core.storm();
  answer({ figures });
}

process.on("message", (order: CoreOrder) => void obey(order));
// Whoever started it is gone.
process.on("disconnect", () => process.exit());
answer({ address: await core.start() });
