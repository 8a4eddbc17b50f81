// Whether a leased port was taken by somebody who has nothing to do with its holder, as far as the operating system tells.
// A doubt is never an answer: it ends in "unknown" (semantics.md 18).

import type { HostPorts } from "@portlease/native";
import type { StrangerFinder, StrangerVerdict } from "../domain/boundaries.js";
import type { HolderProcess, Protocol, TransportProtocol } from "../domain/records.js";

type View = Pick<HostPorts, "findHolders" | "identifyProcess" | "isDescendant" | "observeSockets">;

export class StrangerSearch implements StrangerFinder {
  readonly #hostPorts: View;

  constructor(hostPorts: View) {
    this.#hostPorts = hostPorts;
  }

  async findStranger(
    protocol: Protocol,
    port: number,
    holder: HolderProcess | null,
  ): Promise<StrangerVerdict> {
    try {
      const transports: readonly TransportProtocol[] =
        protocol === "tcp-and-udp" ? ["tcp", "udp"] : [protocol];
      const verdicts: StrangerVerdict[] = [];
      for (const transport of transports) verdicts.push(await this.#find(transport, port, holder));
      return (
        verdicts.find(({ state }) => state === "stranger") ??
        verdicts.find(({ state }) => state === "unknown") ?? { state: "none" }
      );
    } catch (error) {
      return unknown(error instanceof Error ? error.message : String(error));
    }
  }

  async #find(
    protocol: TransportProtocol,
    port: number,
    holder: HolderProcess | null,
  ): Promise<StrangerVerdict> {
    const sockets = (await this.#hostPorts.observeSockets(protocol)).filter(
      ({ localPort, state }) => localPort === port && state !== "time-wait",
    );
    const found = await this.#hostPorts.findHolders(protocol, [port]);
    const owners = found.get(port) ?? [];
    if (owners.length === 0) {
      return sockets.length === 0
        ? { state: "none" }
        : unknown("the operating system does not say who is bound to it");
    }
    // A table that names owners (Windows) must name every one; one that names none (Linux) has them found otherwise.
    const named = sockets.filter(({ processId }) => processId !== null);
    if (named.length > 0 && named.length < sockets.length) {
      return unknown("the operating system does not name everybody who is bound to it");
    }
    if (holder === null || !holder.proven) {
      return unknown(
        "the process of its holder is not proven, so whoever is bound to it may be the holder",
      );
    }
    if (this.#hostPorts.identifyProcess(holder.processId)?.startTime !== holder.startTime) {
      return unknown(
        "the process of its holder has ended, so whoever is bound to it may have been started by it",
      );
    }
    for (const { processId } of owners) {
      const verdict = this.#judge(processId, holder);
      if (verdict !== null) return verdict;
    }
    const [{ processId, processName } = { processId: 0, processName: "" }] = owners;
    return { state: "stranger", processId, processName };
  }

  /** `null` for a live process that is neither the holder nor started by it. */
  #judge(processId: number, holder: HolderProcess): StrangerVerdict | null {
    if (processId === holder.processId) return { state: "none" };
    // Windows may go on naming whoever bound a socket that was handed over, which is this process (docs/windows.md).
    if (processId === process.pid) return { state: "none" };
    if (this.#hostPorts.identifyProcess(processId) === null) {
      return unknown(`process ${processId} that is bound to it has ended or cannot be seen`);
    }
    const descends = this.#hostPorts.isDescendant(processId, holder.processId);
    if (descends === true) return { state: "none" };
    return descends === null
      ? unknown(
          `it cannot be told whether the holder started process ${processId} that is bound to it`,
        )
      : null;
  }
}

function unknown(reason: string): StrangerVerdict {
  return { state: "unknown", reason };
}
