// The simulated host: the imaginary host that passes the contract suite of the real ones, with processes that come and go, and a
// record of who has been bound to which port since when. Its slow calls take time; what they answer is then that old.

import type { BoundSocket, HostPorts, LesseeSockets, ReservationKind } from "@portlease/native";
import { FakeHostPorts, type FakeSocket } from "@portlease/native/fake";
import type { Dice } from "./dice.js";
import type { HostTime } from "./host-time.js";
import { SimProcess } from "./sim-process.js";

/** Above every process id of this machine: the imaginary broker has this process's. */
const firstProcessId = 5_000_000;

/** One socket of the simulated world that is not the broker's. */
export interface BoundPort {
  readonly port: number;
  readonly processId: number;
  readonly sinceMs: number;
  close(): void;
}

export class SimHost {
  readonly time: HostTime;
  readonly ports: FakeHostPorts;
  readonly #dice: Dice;
  readonly #bound = new Set<BoundPort>();
  /** Everybody who was ever bound to a port, and until when. */
  readonly #history: { readonly bound: BoundPort; untilMs: number }[] = [];
  readonly #endedAtMs = new Map<number, number>();
  #lastProcessId = firstProcessId;

  constructor(time: HostTime, kind: ReservationKind, dice: Dice) {
    this.time = time;
    this.#dice = dice;
    const capabilities = { kinds: [kind], autoKind: kind };
    this.ports = new FakeHostPorts({ capabilities });
  }

  /** A process with an id that no other had. */
  newProcess(name: string, rate?: number): SimProcess {
    this.#lastProcessId += 1;
    const process = new SimProcess(name, this.#lastProcessId, this.time, this.#dice, rate);
    this.#start(process.processId, name, 1);
    return process;
  }

  /** The host as one process sees it: what the real one answers late is late here too. */
  hostPortsFor(process: SimProcess): HostPorts {
    return new Proxy<HostPorts>(this.ports, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          const answer: unknown = Reflect.apply(value, target, args);
          return answer instanceof Promise ? this.#later(process, answer) : answer;
        };
      },
    });
  }

  /** Who is bound to a port, the broker left out. */
  boundTo(port: number): readonly BoundPort[] {
    return [...this.#bound].filter((bound) => bound.port === port);
  }

  /** Some process other than this one has been bound to the port since then, for however short a time. */
  otherWasBound(port: number, processId: number, sinceMs: number): boolean {
    return this.#history.some(
      ({ bound, untilMs }) =>
        bound.port === port && bound.processId !== processId && untilMs >= sinceMs,
    );
  }

  /** When the process ended; `null` while it lives. */
  endedAtMs(processId: number): number | null {
    return this.#endedAtMs.get(processId) ?? null;
  }

  isAlive(processId: number): boolean {
    return this.ports.identifyProcess(processId) !== null;
  }

  /** What a process opens its sockets with; all of them are known here. */
  lesseeSocketsFor(process: SimProcess): LesseeSockets {
    const { processId, name } = process;
    const sockets = this.ports.openLesseeSockets({ processId, processName: name });
    return {
      bindLeased: (request) => this.#noted(sockets.bindLeased(request), processId),
      openTransferred: (request) => this.#noted(sockets.openTransferred(request), processId),
    };
  }

  /** Somebody without a lease binds a port; `null` when the host does not let it. */
  openStranger(port: number): BoundPort | null {
    this.#lastProcessId += 1;
    const processId = this.#lastProcessId;
    this.#start(processId, "stranger", 1);
    return this.#open(port, processId, { sharesPort: false, token: 0n });
  }

  /** The process ends and its sockets with it. */
  end(process: SimProcess): void {
    process.kill();
    this.#endedAtMs.set(process.processId, this.time.time.nowMs);
    this.ports.endProcess(process.processId);
    this.#forgetSocketsOf(process.processId);
  }

  /** The process ends, and a child of it that inherited its sockets keeps them. `specOf`: how they were bound. */
  endLeavingChild(
    process: SimProcess,
    specOf: (port: number) => { readonly sharesPort: boolean; readonly token: bigint },
  ): readonly BoundPort[] {
    const ports = [...this.#bound]
      .filter(({ processId }) => processId === process.processId)
      .map(({ port }) => port);
    this.end(process);
    if (ports.length === 0) return [];
    this.#lastProcessId += 1;
    const childId = this.#lastProcessId;
    this.#start(childId, `${process.name} child`, process.processId);
    return ports.flatMap((port) => this.#open(port, childId, specOf(port)) ?? []);
  }

  /** The broker's process is gone, and what ends with it. */
  endBroker(process: SimProcess): void {
    process.kill();
    this.ports.dropReservations();
  }

  /** Everything is gone but the disk and what the kernel keeps. */
  reboot(processes: readonly SimProcess[]): void {
    for (const process of processes) {
      process.kill();
      this.#endedAtMs.set(process.processId, this.time.time.nowMs);
    }
    this.ports.reboot();
    for (const bound of this.#bound) this.#forget(bound);
  }

  /** Every socket that is still open closes. */
  closeAll(): void {
    for (const bound of this.#bound) bound.close();
  }

  #start(processId: number, processName: string, parentId: number): void {
    this.ports.startProcess({ processId, processName, startTime: `sim:${processId}` }, parentId);
  }

  #open(
    port: number,
    processId: number,
    spec: { readonly sharesPort: boolean; readonly token: bigint },
  ): BoundPort | null {
    try {
      const socket = this.ports.openSocket({ port, processId, processName: "sim", ...spec });
      return this.#note(port, processId, () => closeSocket(socket));
    } catch {
      // The host refused, as it does for most.
      return null;
    }
  }

  #noted(socket: BoundSocket, processId: number): BoundSocket {
    const bound = this.#note(socket.port, processId, () => socket.close());
    return {
      descriptor: socket.descriptor,
      port: socket.port,
      prepareListen: () => socket.prepareListen(),
      listen: (backlog) => socket.listen(backlog),
      detach: () => socket.detach(),
      close: () => bound.close(),
    };
  }

  #note(port: number, processId: number, close: () => void): BoundPort {
    const bound: BoundPort = {
      port,
      processId,
      sinceMs: this.time.time.nowMs,
      close: () => {
        if (this.#forget(bound)) close();
      },
    };
    this.#bound.add(bound);
    this.#history.push({ bound, untilMs: Infinity });
    return bound;
  }

  #forgetSocketsOf(processId: number): void {
    for (const bound of this.#bound) if (bound.processId === processId) this.#forget(bound);
  }

  #forget(gone: BoundPort): boolean {
    const entry = this.#history.find(({ bound }) => bound === gone);
    if (entry !== undefined) entry.untilMs = Math.min(entry.untilMs, this.time.time.nowMs);
    return this.#bound.delete(gone);
  }

  async #later<T>(process: SimProcess, answer: Promise<T>): Promise<T> {
    const outcome = await answer.then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error;
      },
    );
    await process.sleep(this.#dice.skewed(0.5, 60));
    return outcome();
  }
}

function closeSocket(socket: FakeSocket): void {
  socket.close();
}
