// The host under test and the program on it, with all that a test of the contract opens and must give back.

import assert from "node:assert/strict";
import type {
  HostPorts,
  NativeErrorCode,
  PortRun,
  ReservationKind,
  ReservedBlock,
  ReserveBlockRequest,
} from "@portlease/native";
import { NativeError } from "@portlease/native";
import { blockRequest } from "../../support/native-requests.js";
import { type KindTraits, traitsOf } from "./reservation-traits.js";

/** A program beside the broker, with sockets that it closes when told. */
export interface ContractProgram {
  readonly processId: number;
  /** A plain listener on 127.0.0.1. Rejects with the code of the refusal. */
  listen(port: number): Promise<void>;
  /** Binds a leased port of the block on 127.0.0.1 as its kind has it, and listens where asked. Rejects with the code of the refusal. */
  lease(block: ReservedBlock, port: number, listen: boolean): Promise<void>;
  close(port: number): Promise<void>;
}

/** One host to test, with a program on it. */
export interface ContractHost {
  readonly host: HostPorts;
  /** A kind that the host does not have. */
  readonly absentKind: ReservationKind;
  readonly program: ContractProgram;
  /** The first of `portCount` ports that nobody uses. */
  freeRun(portCount: number): Promise<number>;
}

export class ContractBench {
  readonly kind: ReservationKind;
  readonly traits: KindTraits;
  readonly #open: () => Promise<ContractHost>;
  #opened: ContractHost | null = null;
  #blocks: ReservedBlock[] = [];
  #used: number[] = [];

  constructor(
    kind: ReservationKind,
    open: () => Promise<ContractHost>,
    traits: KindTraits = traitsOf[kind],
  ) {
    this.kind = kind;
    this.traits = traits;
    this.#open = open;
  }

  async open(): Promise<void> {
    this.#opened = await this.#open();
  }

  /** Gives back what the last test opened. */
  async cleanUp(): Promise<void> {
    for (const port of this.#used) await this.program.close(port);
    for (const block of this.#blocks) await block.remove();
    this.#used = [];
    this.#blocks = [];
  }

  get host(): HostPorts {
    return this.#contract().host;
  }

  get program(): ContractProgram {
    return this.#contract().program;
  }

  get absentKind(): ReservationKind {
    return this.#contract().absentKind;
  }

  readonly freeRun = (portCount: number): Promise<number> => this.#contract().freeRun(portCount);

  /** On free ports of the test, unless the request says where: those that brokers pick first belong to everybody. */
  readonly reserve = async (request: Partial<ReserveBlockRequest>): Promise<ReservedBlock> => {
    const { portCount = 4 } = request;
    const firstPort =
      request.firstPort === undefined ? await this.freeRun(portCount) : request.firstPort;
    const full = blockRequest({ kind: this.kind, ...request, firstPort, portCount });
    const block = await this.host.reserveBlock(full);
    this.#blocks.push(block);
    return block;
  };

  readonly listen = async (port: number): Promise<void> => {
    await this.program.listen(port);
    this.#used.push(port);
  };

  readonly lease = async (block: ReservedBlock, port: number, listening = false): Promise<void> => {
    await this.program.lease(block, port, listening);
    this.#used.push(port);
  };

  /** A plain listener is shut out of the port, where the kind does that. */
  readonly isProtected = async (port: number): Promise<void> => {
    if (this.traits.keepsStrangersOut) await assert.rejects(this.listen(port));
  };

  #contract(): ContractHost {
    assert.ok(this.#opened !== null, "opened before the first test");
    return this.#opened;
  }
}

export function hasCode(code: NativeErrorCode): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof NativeError);
    assert.equal(error.code, code);
    return true;
  };
}

export function overlap(a: PortRun, b: PortRun): boolean {
  return a.firstPort < b.firstPort + b.portCount && b.firstPort < a.firstPort + a.portCount;
}
