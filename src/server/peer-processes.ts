// Whether the process that a caller claims to be is the one at the other end of its connection (semantics.md 11). Remembers
// the answer as long as the connection lasts: reading the tables of the host for every call would cost more than the call.

import type { ConnectionEnds, HostPorts } from "@portlease/native";

export type { ConnectionEnds } from "@portlease/native";

/**
 * What the claimed process is to the one that has the connection. "unknown" when the host's tables do not say; "elsewhere" when
 * they do not, and the process is in another network namespace.
 */
export type Standing = "same" | "ancestor" | "other" | "unknown" | "elsewhere";

export interface ProcessClaim {
  /** Tells the process apart from a later one with the same id; `null` when there is no such process to see. */
  readonly startTime: string | null;
  readonly standing: Standing;
}

/** How many processes one connection may claim before their answers are found out anew: a bound for memory. */
const rememberedMax = 64;

/** No process has this id: nobody is likelier than others. */
const nobody = 0;

type Host = Pick<
  HostPorts,
  "identifyProcess" | "connectionOwner" | "isDescendant" | "sharesNetwork"
>;

export class PeerProcesses {
  readonly #host: Host;
  readonly #owners = new WeakMap<ConnectionEnds, number | null>();
  readonly #known = new WeakMap<ConnectionEnds, Map<string, Standing>>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** `connection` is `null` where the caller has no address, as on a named pipe. The same object stands for the same connection. */
  claim(connection: ConnectionEnds | null, processId: number): ProcessClaim {
    // First who it is and then the tables: an id that is given to another process in between proves nothing.
    const startTime = this.#host.identifyProcess(processId)?.startTime ?? null;
    if (connection === null) return { startTime, standing: this.#whereabouts(processId) };
    const known = this.#knownOf(connection);
    const key = `${processId} ${startTime ?? ""}`;
    const standing = known.get(key) ?? this.#standing(connection, processId);
    if (known.size >= rememberedMax) known.clear();
    known.set(key, standing);
    return { startTime, standing };
  }

  /** The process that has the connection's other end; `null` when the host's tables do not say. Remembered by connection. */
  ownerOf(connection: ConnectionEnds): number | null {
    const known = this.#owners.get(connection);
    if (known !== undefined) return known;
    const ownerId = this.#host.connectionOwner(connection, nobody);
    this.#owners.set(connection, ownerId);
    return ownerId;
  }

  #standing(connection: ConnectionEnds, processId: number): Standing {
    const ownerId = this.#host.connectionOwner(connection, processId);
    if (ownerId === null) return this.#whereabouts(processId);
    if (ownerId === processId) return "same";
    const descends = this.#host.isDescendant(ownerId, processId);
    if (descends === null) return "unknown";
    return descends ? "ancestor" : "other";
  }

  #whereabouts(processId: number): Standing {
    return this.#host.sharesNetwork(processId) === false ? "elsewhere" : "unknown";
  }

  #knownOf(connection: ConnectionEnds): Map<string, Standing> {
    const known = this.#known.get(connection) ?? new Map<string, Standing>();
    this.#known.set(connection, known);
    return known;
  }
}
