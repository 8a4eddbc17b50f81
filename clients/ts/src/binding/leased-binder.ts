// Binds leased ports: picks the way that the reservation asks for and that this process may go, and renews a token that has
// gone stale. Each way is a file of its own beside this one; listening on the socket is the caller's.

import type { BoundSocket, LesseeSockets } from "@portlease/native";
import { apiOf, errorCodeOf } from "../error-facts.js";
import type { Log } from "../log.js";
import { bindAssociated } from "./associate.js";
import { isFamilyMissing } from "./bind-addresses.js";
import type {
  BindableLease,
  BindMethodChoice,
  BindRequest,
  BindWish,
  HowReserved,
} from "./bind-request.js";
import { bindByNumber } from "./by-number.js";
import { Handoff, type TransferCalls } from "./handoff.js";
import { howReserved } from "./how-reserved.js";

/** One per client: what it learns about this process's rights holds for all leases. */
export class LeasedBinder {
  readonly #sockets: () => LesseeSockets;
  readonly #handoff: Handoff;
  readonly #log: Log;
  /** Rights do not change while a process runs, so that it asks once only. */
  #associateDenied = false;

  /** `sockets` may throw where this platform has none. `processId` is this process. */
  constructor(sockets: () => LesseeSockets, calls: TransferCalls, log: Log, processId: number) {
    this.#sockets = sockets;
    this.#handoff = new Handoff(calls, log, processId);
    this.#log = log;
  }

  /**
   * Resolves with a bound socket, the caller's to close, for a port that was held just before. Looks at the lease before each
   * bind and once more after it. Rejects with what `checkHeld` threw, with NativeError, or with the broker's PortleaseError.
   */
  async bind(lease: BindableLease, wish: BindWish): Promise<BoundSocket> {
    const socket = await this.#bindFirst(lease, wish);
    try {
      // A handoff takes time.
      lease.checkHeld(wish.port);
    } catch (error) {
      socket.close();
      throw error;
    }
    return socket;
  }

  async #bindFirst(lease: BindableLease, wish: BindWish): Promise<BoundSocket> {
    const { protocol, port, addresses, ipv6Only, method } = wish;
    const [address = "0.0.0.0", ...others] = addresses;
    const request = { protocol, port, address, ipv6Only };
    try {
      return await this.#bindWithFreshToken(lease, request, method);
    } catch (error) {
      if (others.length === 0 || !isFamilyMissing(error)) throw error;
    }
    return this.#bindFirst(lease, { ...wish, addresses: others });
  }

  /** Tokens change when the host restarts, and with isolation "per-lease" between two holders. */
  async #bindWithFreshToken(
    lease: BindableLease,
    request: BindRequest,
    method: BindMethodChoice,
  ): Promise<BoundSocket> {
    const { protocol, port } = request;
    const how = howReserved(lease.reservations, protocol, port);
    try {
      return await this.#bindBy(lease, request, how, method);
    } catch (error) {
      if (!isStale(how, error)) throw error;
      await lease.renewReservations();
      const renewed = howReserved(lease.reservations, protocol, port);
      if (renewed.token === how.token && renewed.bindMethod === how.bindMethod) throw error;
      return this.#bindBy(lease, request, renewed, method);
    }
  }

  async #bindBy(
    lease: BindableLease,
    request: BindRequest,
    how: HowReserved,
    choice: BindMethodChoice,
  ): Promise<BoundSocket> {
    lease.checkHeld(request.port);
    const sockets = this.#sockets();
    const method = choice === "auto" ? how.bindMethod : choice;
    switch (method) {
      case "plain":
      case "share-port":
        return bindByNumber(sockets, request, method);
      case "handoff":
        return this.#handoff.bind(sockets, lease, request);
      case "associate":
        if (choice === "associate") return bindAssociated(sockets, request, how);
        return this.#associateElseHandoff(sockets, lease, request, how);
    }
  }

  async #associateElseHandoff(
    sockets: LesseeSockets,
    lease: BindableLease,
    request: BindRequest,
    how: HowReserved,
  ): Promise<BoundSocket> {
    // Without a token nothing is associated, and no right is needed for it.
    if (!this.#associateDenied || how.token === 0n) {
      try {
        return bindAssociated(sockets, request, how);
      } catch (error) {
        if (errorCodeOf(error) !== "ACCESS_DENIED" || how.token === 0n) throw error;
        this.#associateDenied = true;
        const fields = { leaseId: lease.leaseId, port: request.port };
        this.#log(
          "info",
          "this process may not use a reservation; the broker binds for it",
          fields,
        );
      }
    }
    return this.#handoff.bind(sockets, lease, request);
  }
}

/**
 * Whether what the broker told of the reservation may be out of date: the association was refused (what Windows answers to a
 * token that it does not know is not documented), or a port that was not covered and needed no token was
 * (https://learn.microsoft.com/en-us/windows/win32/winsock/windows-sockets-error-codes-2: WSAEACCES).
 */
function isStale({ bindMethod, token }: HowReserved, error: unknown): boolean {
  const code = errorCodeOf(error);
  if (code === "RESERVATION_GONE") return true;
  if (token !== 0n) return apiOf(error) === "SIO_ASSOCIATE_PORT_RESERVATION";
  return bindMethod === "associate" && (code === "ACCESS_DENIED" || code === "PORT_TAKEN");
}
