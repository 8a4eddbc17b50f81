// The core's witness of ports, over the native layer: who is bound, who that is, and what is still reserved.

import type { HostPorts, ObservedSocket } from "@portlease/native";
import { OwnerStandings } from "../blocks/owner-standing.js";
import type {
  PortJudgement,
  PortQuestion,
  PortSighting,
  PortWitness,
} from "../domain/audit-boundaries.js";
import type { PortReservation } from "../domain/boundaries.js";
import type { TransportProtocol } from "../domain/records.js";
import { shareTransport } from "../domain/shared-ports.js";
import { judgePort } from "./judge-port.js";
import { isLive, portSightings } from "./port-sightings.js";

type Host = Pick<
  HostPorts,
  | "findHolders"
  | "hasProcessEnded"
  | "hasReservation"
  | "identifyProcess"
  | "isDescendant"
  | "observeSockets"
>;

const transports: readonly TransportProtocol[] = ["tcp", "udp"];

export class HostWitness implements PortWitness {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  async look(protocol: TransportProtocol): Promise<ReadonlyMap<number, PortSighting>> {
    return portSightings(await this.#host.observeSockets(protocol));
  }

  async judge(questions: readonly PortQuestion[]): Promise<readonly PortJudgement[]> {
    try {
      const sights = await Promise.all(
        transports.map((transport) => this.#judgeOn(transport, questions)),
      );
      return questions.map((_, index) => worse(sights[0]?.[index], sights[1]?.[index]));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return questions.map(() => unknown(reason));
    }
  }

  async isReserved(reservation: PortReservation): Promise<boolean | null> {
    const { kind, protocol, firstPort, portCount } = reservation;
    try {
      return await this.#host.hasReservation({ kind, protocol, firstPort, portCount });
    } catch {
      return null;
    }
  }

  /** By question; `null` for those of the other protocol. The tables are read once for all. */
  async #judgeOn(
    transport: TransportProtocol,
    questions: readonly PortQuestion[],
  ): Promise<readonly (PortJudgement | null)[]> {
    const asked = questions.filter(({ protocol }) => shareTransport(transport, protocol));
    if (asked.length === 0) return questions.map(() => null);
    const ports = new Set(asked.map(({ port }) => port));
    const byPort = new Map<number, ObservedSocket[]>();
    for (const socket of await this.#host.observeSockets(transport)) {
      if (!ports.has(socket.localPort) || !isLive(socket)) continue;
      byPort.set(socket.localPort, [...(byPort.get(socket.localPort) ?? []), socket]);
    }
    const owners = await this.#host.findHolders(transport, [...ports]);
    const standings = new OwnerStandings(this.#host);
    return questions.map((question) => {
      const { protocol, port } = question;
      if (!shareTransport(transport, protocol)) return null;
      const sight = { sockets: byPort.get(port) ?? [], owners: owners.get(port) ?? [] };
      return judgePort(this.#host, standings, sight, question);
    });
  }
}

const severity = ["unbound", "bound", "unknown", "orphaned", "stranger"] as const;

/** Of the two protocols of a port, the one that more is wrong with. */
function worse(
  a: PortJudgement | null | undefined,
  b: PortJudgement | null | undefined,
): PortJudgement {
  const one = a ?? b ?? unknown("nobody looked");
  const other = b ?? one;
  const rank = ({ binding, contested }: PortJudgement): number =>
    2 * severity.indexOf(binding) + (contested ? 1 : 0);
  return rank(other) > rank(one) ? other : one;
}

function unknown(reason: string): PortJudgement {
  const detail = `it cannot be told who is bound to it: ${reason}`;
  return { binding: "unknown", contested: false, processId: 0, processName: "", detail };
}
