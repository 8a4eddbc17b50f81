// How far readers of a live view have come: what they were told, and where among the changes they are. It does not change: the next
// message leads to another one. So readers who were sent the same share it, and what comes next is made once for all of them.

import { WatchFleetResponse } from "@portlease/proto/portlease/v1/fleet_service.js";
import type { Slices } from "../../server/domain/slices.js";
import type { FleetHost, FleetLease } from "../view/fleet-entities.js";
import type { LeasePosition } from "../view/fleet-reader.js";
import type { FleetView } from "../view/fleet-view.js";
import type { HostEntry } from "../view/host-entry.js";
import type { LeaseEntry } from "../view/lease-entry.js";
import {
  type FleetPicture,
  nothingSeen,
  type PictureSeen,
  seenOf,
  unseenOf,
} from "./fleet-pictures.js";
import { type MessageLimits, MessageParts } from "./message-parts.js";
import { RoundMark } from "./round-mark.js";
import { SlotSet } from "./slot-set.js";

/** What somebody wants to see. */
export interface FleetSelection {
  readonly hostFits: (host: FleetHost) => boolean;
  /** `null`: no leases. */
  readonly leaseFits: ((lease: FleetLease) => boolean) | null;
}

/** Everything is told first: hosts, then leases, then what has changed meanwhile; from then on, changes. */
type Stage = "hosts" | "leases" | "meanwhile" | "changes";

interface State {
  stage: Stage;
  /** The last one that was told of everything. */
  afterHost: string;
  afterLease: LeasePosition | null;
  /** More of the round is left than fitted into the last message. */
  behind: boolean;
  seen: PictureSeen;
  readonly hosts: RoundMark<HostEntry>;
  readonly leases: RoundMark<LeaseEntry> | null;
  /** What the readers have. */
  readonly toldHosts: SlotSet;
  readonly toldLeases: SlotSet;
}

export interface MadeMessage {
  readonly bytes: Buffer;
  /** Where whoever is sent it is then. */
  readonly after: FleetReading;
}

export class FleetReading {
  readonly #view: FleetView;
  readonly #selection: FleetSelection;
  readonly #limits: MessageLimits;
  readonly #state: State;

  private constructor(
    view: FleetView,
    selection: FleetSelection,
    limits: MessageLimits,
    state: State,
  ) {
    this.#view = view;
    this.#selection = selection;
    this.#limits = limits;
    this.#state = state;
  }

  /** Of somebody who knows nothing yet. To be closed, as is every one that follows it. */
  static begin(view: FleetView, selection: FleetSelection, limits: MessageLimits): FleetReading {
    return new FleetReading(view, selection, limits, {
      stage: "hosts",
      afterHost: "",
      afterLease: null,
      behind: true,
      seen: nothingSeen,
      hosts: RoundMark.at(view.hostChanges),
      leases: selection.leaseFits === null ? null : RoundMark.at(view.leaseChanges),
      toldHosts: new SlotSet(),
      toldLeases: new SlotSet(),
    });
  }

  /** Whether there was more to tell than fitted into the last message. */
  get behind(): boolean {
    return this.#state.behind;
  }

  /** Makes the next message, in slices. */
  async next(picture: FleetPicture, slices: Slices): Promise<MadeMessage> {
    const after = this.#copy();
    try {
      return { bytes: await after.#advance(picture, slices), after };
    } catch (error) {
      after.close();
      throw error;
    }
  }

  /** Whether the same has been told to those of the other one, which has the same selection. */
  isSame(other: FleetReading): boolean {
    const [one, two] = [this.#state, other.#state];
    if (one.stage !== "changes" || two.stage !== "changes") return false;
    if (one.seen.fleet !== two.seen.fleet || one.seen.problems !== two.seen.problems) return false;
    return (
      one.hosts.isSamePlace(two.hosts) &&
      (one.leases === null || (two.leases !== null && one.leases.isSamePlace(two.leases))) &&
      one.toldHosts.equals(two.toldHosts) &&
      one.toldLeases.equals(two.toldLeases)
    );
  }

  /** Nobody is here any more. */
  close(): void {
    this.#state.hosts.close();
    this.#state.leases?.close();
  }

  #copy(): FleetReading {
    const state = this.#state;
    return new FleetReading(this.#view, this.#selection, this.#limits, {
      ...state,
      hosts: state.hosts.copy(),
      leases: state.leases?.copy() ?? null,
      toldHosts: state.toldHosts.copy(),
      toldLeases: state.toldLeases.copy(),
    });
  }

  async #advance(picture: FleetPicture, slices: Slices): Promise<Buffer> {
    const state = this.#state;
    const parts = new MessageParts(this.#view, this.#limits);
    state.behind = true;
    await slices.visit(this.#steps(parts), () => (parts.full ? "enough" : undefined));
    const unseen = unseenOf(picture, state.seen);
    state.seen = seenOf(picture);
    const message = { ...unseen, ...parts.lists(), complete: state.stage === "changes" };
    return Buffer.from(WatchFleetResponse.encode(message).finish());
  }

  /** One host or lease after the other; may be broken off after each. */
  *#steps(parts: MessageParts): Iterable<void> {
    const state = this.#state;
    const begun = state.stage;
    if (state.stage === "hosts") yield* this.#allHosts(parts);
    if (state.stage === "leases") yield* this.#allLeases(parts);
    state.hosts.beginRound();
    state.leases?.beginRound();
    const changed = state.hosts.hasRest || state.leases?.hasRest === true;
    // What was told in this message and has changed since comes with the next one: nothing is in a message twice.
    if (changed && begun !== state.stage) return;
    for (const host of state.hosts.rest()) yield this.#tellHost(host, parts);
    for (const lease of state.leases?.rest() ?? []) yield this.#tellLease(lease, parts);
    state.stage = "changes";
    state.behind = false;
  }

  *#allHosts(parts: MessageParts): Iterable<void> {
    for (const host of this.#view.hosts(this.#state.afterHost)) {
      this.#state.afterHost = host.hostId;
      yield this.#tellHost(host, parts);
    }
    this.#state.stage = this.#selection.leaseFits === null ? "meanwhile" : "leases";
  }

  *#allLeases(parts: MessageParts): Iterable<void> {
    for (const lease of this.#view.leases(this.#state.afterLease)) {
      this.#state.afterLease = { hostId: lease.host.hostId, leaseId: lease.leaseId };
      yield this.#tellLease(lease, parts);
    }
    this.#state.stage = "meanwhile";
  }

  #tellHost(host: HostEntry, parts: MessageParts): void {
    if (!host.gone && this.#selection.hostFits(host)) {
      this.#state.toldHosts.add(host.slot);
      parts.putHost(host);
    } else if (this.#state.toldHosts.delete(host.slot)) {
      parts.removeHost(host);
    }
  }

  #tellLease(lease: LeaseEntry, parts: MessageParts): void {
    if (!lease.gone && this.#selection.leaseFits?.(lease) === true) {
      this.#state.toldLeases.add(lease.slot);
      parts.putLease(lease);
    } else if (this.#state.toldLeases.delete(lease.slot)) {
      parts.removeLease(lease);
    }
  }
}
