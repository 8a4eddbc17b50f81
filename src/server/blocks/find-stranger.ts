// Whether leased ports were taken by somebody who has nothing to do with their holders, as far as the operating system tells.
// A doubt is never an answer: it ends in "unknown" (semantics.md 18).

import type { HostPorts, ObservedSocket, PortHolder } from "@portlease/native";
import type { StrangerFinder, StrangerQuestion, StrangerVerdict } from "../domain/boundaries.js";
import type { TransportProtocol } from "../domain/records.js";
import { shareTransport } from "../domain/shared-ports.js";
import { type OwnerStanding, OwnerStandings } from "./owner-standing.js";

type View = Pick<HostPorts, "findHolders" | "identifyProcess" | "isDescendant" | "observeSockets">;

const transports: readonly TransportProtocol[] = ["tcp", "udp"];

/** What the host shows of the ports in question. */
interface Sight {
  readonly transport: TransportProtocol;
  readonly sockets: readonly ObservedSocket[];
  readonly owners: ReadonlyMap<number, readonly PortHolder[]>;
}

export class StrangerSearch implements StrangerFinder {
  readonly #hostPorts: View;

  constructor(hostPorts: View) {
    this.#hostPorts = hostPorts;
  }

  async findStrangers(questions: readonly StrangerQuestion[]): Promise<readonly StrangerVerdict[]> {
    try {
      const sights = await Promise.all(
        transports.map((transport) => this.#look(transport, questions)),
      );
      return questions.map((question) => {
        const verdicts = sights
          .filter(({ transport }) => shareTransport(transport, question.protocol))
          .map((sight) => this.#verdict(sight, question));
        return (
          verdicts.find(({ state }) => state === "stranger") ??
          verdicts.find(({ state }) => state === "unknown") ?? { state: "none" }
        );
      });
    } catch (error) {
      const verdict = unknown(error instanceof Error ? error.message : String(error));
      return questions.map(() => verdict);
    }
  }

  /** The tables of the host are read once for all ports. */
  async #look(
    transport: TransportProtocol,
    questions: readonly StrangerQuestion[],
  ): Promise<Sight> {
    const ports = new Set(
      questions
        .filter(({ protocol }) => shareTransport(transport, protocol))
        .map(({ port }) => port),
    );
    if (ports.size === 0) return { transport, sockets: [], owners: new Map() };
    const sockets = (await this.#hostPorts.observeSockets(transport)).filter(
      ({ localPort, state }) => ports.has(localPort) && state !== "time-wait",
    );
    return {
      transport,
      sockets,
      owners: await this.#hostPorts.findHolders(transport, [...ports]),
    };
  }

  #verdict({ sockets: all, owners: byPort }: Sight, question: StrangerQuestion): StrangerVerdict {
    const { port, holder } = question;
    const sockets = all.filter(({ localPort }) => localPort === port);
    const owners = byPort.get(port) ?? [];
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
    const standings = new OwnerStandings(this.#hostPorts);
    for (const owner of owners) {
      const verdict = verdictOf(standings.standingOf(owner, holder), owner.processId);
      if (verdict !== null) return verdict;
    }
    const [{ processId, processName } = { processId: 0, processName: "" }] = owners;
    return { state: "stranger", processId, processName };
  }
}

/** `null` for a live process that is neither the holder nor started by it. */
function verdictOf(standing: OwnerStanding, processId: number): StrangerVerdict | null {
  switch (standing) {
    case "holder":
    case "family":
    case "broker":
      return { state: "none" };
    case "unseen":
      return unknown(`process ${processId} that is bound to it has ended or cannot be seen`);
    case "unclear":
      return unknown(
        `it cannot be told whether the holder started process ${processId} that is bound to it`,
      );
    case "unrelated":
      return null;
  }
}

function unknown(reason: string): StrangerVerdict {
  return { state: "unknown", reason };
}
