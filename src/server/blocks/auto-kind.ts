// What the kind "auto" stands for on this host. It begins as what the host says it can do, and falls back when making a
// persistent reservation is refused for lack of rights all the same.

import { type HostCapabilities, NativeError } from "@portlease/native";
import type { ReservationKind } from "../domain/records.js";
import type { Log } from "../log.js";

export class AutoKind {
  readonly #kinds: readonly ReservationKind[];
  readonly #log: Log;
  #kind: ReservationKind;
  #reason: string;

  constructor(
    capabilities: Pick<HostCapabilities, "autoKind" | "autoKindReason" | "kinds">,
    log: Log,
  ) {
    this.#kinds = capabilities.kinds;
    this.#log = log;
    this.#kind = capabilities.autoKind;
    this.#reason = capabilities.autoKindReason;
  }

  get kind(): ReservationKind {
    return this.#kind;
  }

  /** A sentence for people. */
  get reason(): string {
    return this.#reason;
  }

  /** Falls back because `refused` could not be made; false when that error is no reason to, or nothing is left. */
  fallBack(refused: ReservationKind, error: unknown): boolean {
    const denied = error instanceof NativeError && error.code === "ACCESS_DENIED";
    if (!denied || refused !== "persistent") return false;
    const next = this.#kinds.find((kind) => kind === "runtime");
    if (next === undefined) return false;
    const { errorName, errorNumber } = error.fields;
    const number = errorName === null ? error.code : `${errorName} ${errorNumber}`;
    this.#kind = next;
    this.#reason =
      `${this.#reason.replace(/[.;\s]+$/, "")}; creating a persistent reservation was refused (${number}), so ports are ` +
      `reserved by ${next} reservations, which end with this process.`;
    this.#log.warn("kind auto falls back", { kind: next, reason: this.#reason, error });
    return true;
  }
}
