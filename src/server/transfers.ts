// Sockets that the broker binds for holders and hands over (semantics.md 26). Keeps its own copy of each until the holder
// confirms, the time for that is over, or the lease ends. Who may ask is decided before; how to bind is the native layer's.

import type { Clock, Random, TransferableSocket } from "./domain/boundaries.js";
import { DeadlineQueue } from "./domain/deadline-queue.js";
import type { BrokerEvent } from "./domain/events.js";
import type { ActiveLease } from "./domain/lease-table.js";
import type { TransportProtocol } from "./domain/records.js";
import {
  alreadyBound,
  processNotFound,
  checkHandoff,
  transferNotFound,
  transferPending,
} from "./transfer-refusals.js";
import { toBrokerError } from "./native-failure.js";

/** How long the broker keeps its copy of a socket that nobody confirmed; the API tells it in each answer. */
export const confirmWithinMs = 30_000;
/** Ended transfers of one lease that are remembered, so that confirming twice is answered alike. */
const endedPerLeaseMax = 16;

const transferIdBytes = 16;

export interface TransferTarget {
  readonly protocol: TransportProtocol;
  readonly port: number;
  /** A canonical literal. */
  readonly address: string;
  readonly ipv6Only: boolean;
}

export interface SocketTransfer {
  readonly transferId: string;
  /** What the process opens the socket with: good once, there only. */
  readonly protocolInfo: Uint8Array;
}

interface Transfer {
  readonly transferId: string;
  readonly lease: ActiveLease;
  readonly target: TransferTarget;
  /** `null` once the broker's copy is closed. */
  socket: TransferableSocket | null;
}

export class Transfers {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #byId = new Map<string, Transfer>();
  /** In the order in which they began. */
  readonly #byLease = new Map<string, readonly Transfer[]>();
  readonly #confirmUntil = new DeadlineQueue<Transfer>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** How many sockets the broker has its own copy of. */
  get openCount(): number {
    return this.#confirmUntil.size;
  }

  /**
   * Binds a port of the lease and duplicates the socket for the process; while that is not confirmed, a repeat duplicates the
   * same socket again and has the whole time to confirm it. Throws handoff_not_offered, transfer_pending, already_bound,
   * process_not_found, and errors of the native layer.
   */
  transfer(lease: ActiveLease, target: TransferTarget, processId: number): SocketTransfer {
    checkHandoff(lease, target);
    const pending = this.#pendingOn(lease.record.leaseId, target);
    if (pending !== null) return this.#repeat(pending, target, processId);
    const socket = bind(lease, target);
    let protocolInfo: Uint8Array;
    try {
      protocolInfo = duplicate(socket, processId);
    } catch (error) {
      // Nobody has it: what is left bound would only be in the way of the next attempt.
      socket.close();
      throw error;
    }
    const { transferId } = this.#add(lease, target, socket);
    return { transferId, protocolInfo };
  }

  /** The lease that a transfer is of. Throws transfer_not_found. */
  leaseIdOf(transferId: string): string {
    return this.#find(transferId).lease.record.leaseId;
  }

  /** The holder has opened the socket: the broker's copy is closed. Idempotent. Throws transfer_not_found. */
  confirm(transferId: string): void {
    this.#close(this.#find(transferId));
  }

  /** Follows the core: whatever ends a lease ends its transfers. */
  publish(event: BrokerEvent): void {
    if (event.type === "lease_ended") this.#forgetLease(event.ended.lease.leaseId);
    if (event.type === "store_recovered") this.#forgetDoubtful();
  }

  /** Closes copies that were not confirmed in time. See Timed. */
  advance(): number | null {
    const nowMs = this.#clock.monotonicMs();
    for (;;) {
      const due = this.#confirmUntil.popDue(nowMs);
      if (due === null) break;
      this.#close(due);
    }
    const next = this.#confirmUntil.nextDeadlineMs;
    return next === null ? null : Math.max(0, next - nowMs);
  }

  /** Closes every copy; the sockets of the holders live on. */
  closeAll(): void {
    for (const leaseId of this.#byLease.keys()) this.#forgetLease(leaseId);
  }

  #repeat(pending: Transfer, target: TransferTarget, processId: number): SocketTransfer {
    const { transferId, socket } = pending;
    const { address, ipv6Only } = pending.target;
    if (socket === null || address !== target.address || ipv6Only !== target.ipv6Only) {
      const untilMs = this.#confirmUntil.deadlineOf(pending) ?? 0;
      throw transferPending(pending.target, Math.max(0, untilMs - this.#clock.monotonicMs()));
    }
    const protocolInfo = duplicate(socket, processId);
    this.#confirmUntil.set(pending, this.#clock.monotonicMs() + confirmWithinMs);
    return { transferId, protocolInfo };
  }

  #pendingOn(leaseId: string, { protocol, port }: TransferTarget): Transfer | null {
    const found = this.#byLease
      .get(leaseId)
      ?.find(
        ({ socket, target }) =>
          socket !== null && target.protocol === protocol && target.port === port,
      );
    return found ?? null;
  }

  #add(lease: ActiveLease, target: TransferTarget, socket: TransferableSocket): Transfer {
    const { leaseId } = lease.record;
    const transferId = hex(this.#random.bytes(transferIdBytes));
    const transfer = { transferId, lease, target, socket };
    const before = this.#byLease.get(leaseId) ?? [];
    const ended = before.filter((other) => other.socket === null);
    const forgotten = new Set(ended.slice(0, Math.max(0, ended.length - endedPerLeaseMax + 1)));
    for (const other of forgotten) this.#byId.delete(other.transferId);
    this.#byLease.set(leaseId, [...before.filter((other) => !forgotten.has(other)), transfer]);
    this.#byId.set(transferId, transfer);
    this.#confirmUntil.set(transfer, this.#clock.monotonicMs() + confirmWithinMs);
    return transfer;
  }

  #find(transferId: string): Transfer {
    const found = this.#byId.get(transferId);
    if (found === undefined) throw transferNotFound(transferId);
    return found;
  }

  #close(transfer: Transfer): void {
    transfer.socket?.close();
    transfer.socket = null;
    this.#confirmUntil.delete(transfer);
  }

  /** An end whose commit failed may be on disk all the same; then nobody says it again. A lease that lives on loses a copy. */
  #forgetDoubtful(): void {
    for (const [leaseId, transfers] of this.#byLease) {
      if (transfers.some(({ lease }) => lease.ending !== null)) this.#forgetLease(leaseId);
    }
  }

  #forgetLease(leaseId: string): void {
    for (const transfer of this.#byLease.get(leaseId) ?? []) {
      this.#close(transfer);
      this.#byId.delete(transfer.transferId);
    }
    this.#byLease.delete(leaseId);
  }
}

function bind(lease: ActiveLease, target: TransferTarget): TransferableSocket {
  try {
    return lease.block.reservation.bindForTransfer(target);
  } catch (error) {
    const known = toBrokerError(error);
    throw known?.code === "port_in_use" ? alreadyBound(target, known) : error;
  }
}

function duplicate(socket: TransferableSocket, processId: number): Uint8Array {
  try {
    return socket.duplicateFor(processId);
  } catch (error) {
    const known = toBrokerError(error);
    throw known?.code === "reservation_not_found" ? processNotFound(processId, known) : error;
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
