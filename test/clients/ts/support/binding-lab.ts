// A LeasedBinder on an imaginary Windows host: a block, a lease on its first port, and a broker that hands sockets over.

import { LeasedBinder } from "#client/binding/leased-binder.js";
import type { BindableLease, BindMethodChoice, BindWish } from "#client/binding/bind-request.js";
import type { TransferCalls } from "#client/binding/handoff.js";
import {
  NativeError,
  type BindLeasedRequest,
  type BoundSocket,
  type LesseeSockets,
  type OpenTransferredRequest,
  type ReservationKind,
  type ReservedBlock,
  type TransferableSocket,
} from "@portlease/native";
import { FakeHostPorts } from "@portlease/native/fake";
import { BindMethod, Protocol } from "@portlease/proto/portlease/v1/common.js";
import type { PortReservation } from "@portlease/proto/portlease/v1/lease.js";
import type {
  TransferSocketRequest,
  TransferSocketResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { blockRequest } from "../../../support/native-requests.js";

const processId = 5_151;

const wireMethods = {
  associate: BindMethod.BIND_METHOD_ASSOCIATE,
  handoff: BindMethod.BIND_METHOD_HANDOFF,
  plain: BindMethod.BIND_METHOD_PLAIN,
  "share-port": BindMethod.BIND_METHOD_SHARE_PORT,
} as const;

/** As the native layer says that a token is not valid any more. */
export function reservationGone(): Error {
  const error = new Error("The reservation of the token is gone. Ask the broker for the new one.");
  return Object.assign(error, { name: "NativeError", code: "RESERVATION_GONE", fields: {} });
}

export function accessDenied(): NativeError {
  const fields = { api: "SIO_ASSOCIATE_PORT_RESERVATION", errorNumber: 10_013 };
  return new NativeError("ACCESS_DENIED", "This process is not elevated.", fields);
}

export class BindingLab implements TransferCalls, BindableLease, LesseeSockets {
  readonly leaseId = "lease-1";
  readonly holderKey = "key-1";
  readonly host: FakeHostPorts;
  readonly block: ReservedBlock;
  readonly port: number;
  readonly binder: LeasedBinder;
  /** What happened, oldest first: "check", "bind associate", "transfer", "open", "confirm", "renew". */
  readonly done: string[] = [];
  readonly binds: BindLeasedRequest[] = [];
  readonly transfers: TransferSocketRequest[] = [];
  readonly logged: string[] = [];
  reservations: readonly PortReservation[];
  /** Tests replace these to have them fail. */
  onCheck: () => void = () => undefined;
  onBind: (request: BindLeasedRequest) => void = () => undefined;
  onTransfer: () => void = () => undefined;
  onOpen: () => void = () => undefined;
  onConfirm: () => void = () => undefined;
  onRenew: () => void = () => undefined;
  readonly #lessee: LesseeSockets;
  #offered: TransferableSocket | null = null;

  private constructor(host: FakeHostPorts, block: ReservedBlock) {
    this.host = host;
    this.block = block;
    this.port = block.firstPort;
    this.reservations = [this.reservationNow()];
    this.#lessee = host.openLesseeSockets({ processId });
    const log = (level: string, message: string): void =>
      void this.logged.push(`${level} ${message}`);
    this.binder = new LeasedBinder(() => this, this, log, processId);
  }

  static async open(kind: ReservationKind): Promise<BindingLab> {
    const host = new FakeHostPorts({ capabilities: { kinds: [kind], elevated: true } });
    return new BindingLab(host, await host.reserveBlock(blockRequest({ kind })));
  }

  bind(method: BindMethodChoice = "auto", wish: Partial<BindWish> = {}): Promise<BoundSocket> {
    return this.binder.bind(this, {
      protocol: "tcp",
      port: this.port,
      addresses: ["::"],
      ipv6Only: false,
      method,
      ...wish,
    });
  }

  /** As the broker would tell it now. */
  reservationNow(): PortReservation {
    const { firstPort, portCount, token } = this.block.reservationOf(this.port);
    const bindMethod = wireMethods[this.block.bindMethod];
    return { protocol: Protocol.PROTOCOL_TCP, kind: 0, firstPort, portCount, token, bindMethod };
  }

  /** How many sockets are on the port. */
  async holderCount(): Promise<number> {
    return (await this.host.findHolders("tcp", [this.port])).size;
  }

  // The lease.

  renewReservations(): Promise<void> {
    this.done.push("renew");
    return this.#answer(this.onRenew);
  }

  checkHeld(): void {
    this.done.push("check");
    this.onCheck();
  }

  // The lessee's sockets.

  bindLeased(request: BindLeasedRequest): BoundSocket {
    this.done.push(`bind ${request.bindMethod}`);
    this.binds.push(request);
    this.onBind(request);
    return this.#lessee.bindLeased(request);
  }

  openTransferred(request: OpenTransferredRequest): BoundSocket {
    this.done.push("open");
    this.onOpen();
    return this.#lessee.openTransferred(request);
  }

  // The broker.

  async transferSocket(request: TransferSocketRequest): Promise<TransferSocketResponse> {
    this.done.push("transfer");
    this.transfers.push(request);
    await this.#answer(this.onTransfer);
    const { port, address } = request;
    this.#offered ??= this.block.bindForTransfer({ port, address, ipv6Only: false });
    const protocolInfo = Buffer.from(this.#offered.duplicateFor(request.processId));
    return { protocolInfo, transferId: "transfer-1", confirmWithin: undefined };
  }

  confirmTransfer(transferId: string, holderKey: string): Promise<void> {
    this.done.push(`confirm ${transferId} ${holderKey}`);
    return this.#answer(() => {
      this.onConfirm();
      this.#offered?.close();
      this.#offered = null;
    });
  }

  async #answer(what: () => void): Promise<void> {
    await Promise.resolve();
    what();
  }
}
