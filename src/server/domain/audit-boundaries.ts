// What the core asks of the world about processes and sockets: who still runs, who is bound to which port, what is still
// reserved. A doubt is never an answer: it is `null`, "unknown", or "bound" by somebody.

import type { PortReservation, StrangerQuestion } from "./boundaries.js";
import type { Binding, TransportProtocol } from "./records.js";

/** A process that the broker proved itself (semantics.md 11). */
export interface ProvenProcess {
  readonly processId: number;
  readonly startTime: string;
}

/** Costs a descriptor or a handle until it is closed. */
export interface LifeWatch {
  /** A few microseconds. */
  hasExited(): boolean;
  close(): void;
}

export interface HolderProcesses {
  /** "ended": that very process has ended, also when its id is another's now. `null`: that cannot be told now. */
  watch(process: ProvenProcess): LifeWatch | "ended" | null;
  /** The same at one look, without keeping anything open; dearer than a watch. */
  hasEnded(process: ProvenProcess): boolean | null;
}

/** The live sockets on one port, as the tables of the host have them; what ended connections leave does not count. */
export interface PortSighting {
  /** The same text as long as the same sockets wait on it; connections come and go without changing it. */
  readonly fingerprint: string;
  /** How many sockets listen on it, or are bound in UDP. */
  readonly listeners: number;
  /** Whose they are, where the tables say so of every one; else `null`. */
  readonly processIds: readonly number[] | null;
}

export interface PortJudgement {
  /** "unknown": it could not be found out now. */
  readonly binding: Binding;
  /** Several listen that are not known to belong together (semantics.md 22). */
  readonly contested: boolean;
  /** Whom the sentence is about: 0 and "" where nobody is known. */
  readonly processId: number;
  readonly processName: string;
  /** For people. */
  readonly detail: string;
}

export interface PortQuestion extends StrangerQuestion {
  /** False for a port that nobody may be on. */
  readonly leased: boolean;
}

export interface PortWitness {
  /** Everybody who is bound, by port: one read of the tables for all ports. Rejects when they cannot be read. */
  look(protocol: TransportProtocol): Promise<ReadonlyMap<number, PortSighting>>;
  /**
   * Finds out who is on these ports, in the order of the questions. Slow (it walks all processes once), and hardly slower for
   * many than for one. Never rejects.
   */
  judge(questions: readonly PortQuestion[]): Promise<readonly PortJudgement[]>;
  /** Whether a reservation that outlives the broker is still there. `null`: it ends with the broker, or that cannot be told. */
  isReserved(reservation: PortReservation): Promise<boolean | null>;
}

/** What the audit needs of the world. */
export interface AuditDependencies {
  /** `null`: only when somebody asks for it. */
  readonly everyMs: number | null;
  readonly processes: HolderProcesses;
  /** How many processes are watched with a descriptor of their own. */
  readonly watchesMax: number;
  readonly witness: PortWitness;
  /** Resolves after other work of the process had its turn. */
  readonly nextTurn: () => Promise<unknown>;
}
