// Takes pictures of the broker for live views, and keeps the last one to share what has not changed with the next.

import { setImmediate as nextTurn } from "node:timers/promises";
import { GetBrokerResponse } from "@portlease/proto/portlease/v1/admin_service.js";
import { Block as WireBlock, Pool as WirePool } from "@portlease/proto/portlease/v1/pool.js";
import type { Clock } from "../domain/boundaries.js";
import type { Broker } from "../domain/broker.js";
import { Slices } from "../domain/slices.js";
import { type BlockPorts, readPortStates } from "../live/port-states.js";
import { changeOf, type Picture, type PictureChange, type Shown } from "./broker-picture.js";

/** The broker as messages, as it is now. */
export interface PictureSource {
  readonly broker: Pick<Broker, "blocks" | "recordedLeases" | "revision">;
  readonly showBroker: () => GetBrokerResponse;
  /** By name. */
  readonly showPools: () => readonly WirePool[];
  /** By first port. */
  readonly showBlocks: () => readonly WireBlock[];
}

interface Codec<Message> {
  encode(message: Message): { finish(): Uint8Array };
}

export class BrokerPictures {
  readonly #source: PictureSource;
  readonly #slices: Slices;
  #last: Picture | null = null;
  /** Of the last picture with ports. */
  #lastPorts: ReadonlyMap<string, BlockPorts> = new Map();
  /** What the last picture differs by from those that somebody was sent before, with ports and without. */
  #changes = noChanges();

  /** `clock`: real time. */
  constructor(source: PictureSource, clock: Clock) {
    this.#source = source;
    this.#slices = new Slices(clock, () => nextTurn());
  }

  /** In slices, so that grants come in between. One at a time: the next call after this one has resolved. */
  async take(withPorts: boolean): Promise<Picture> {
    const { broker, showBroker, showPools, showBlocks } = this.#source;
    const last = this.#last;
    // Before anything is looked at: what changes meanwhile may be shown already, and is then told again.
    const { revision } = broker;
    const ports = withPorts ? await this.#ports() : null;
    const pools = shareAll(last?.pools, showPools(), ({ pool }) => pool, WirePool);
    const blocks = shareAll(last?.blocks, showBlocks(), ({ blockId }) => blockId, WireBlock);
    const message = showBroker();
    const bytes = GetBrokerResponse.encode(lasting(message)).finish();
    const same = last !== null && Buffer.compare(last.broker.bytes, bytes) === 0;
    this.#last = {
      revision,
      broker: { message, bytes: same ? last.broker.bytes : bytes },
      pools,
      blocks,
      ports,
    };
    this.#changes = noChanges();
    return this.#last;
  }

  /** What has changed from a picture that was sent before (`null`: none) to the one that was taken last. */
  changeSince(before: Picture | null, withPorts: boolean): PictureChange {
    const now = this.#last;
    if (now === null) throw new TypeError("no picture was taken");
    const changes = withPorts ? this.#changes.withPorts : this.#changes.withoutPorts;
    const known = changes.get(before);
    if (known !== undefined) return known;
    const change = changeOf(before, now, withPorts);
    changes.set(before, change);
    return change;
  }

  /** Nobody watches any more. */
  forget(): void {
    this.#last = null;
    this.#lastPorts = new Map();
    this.#changes = noChanges();
  }

  async #ports(): Promise<ReadonlyMap<string, BlockPorts>> {
    const { broker } = this.#source;
    const blocks = [...broker.blocks.served, ...broker.blocks.idle];
    const read = await readPortStates(blocks, broker, this.#slices);
    const sorted = read.toSorted((a, b) => a.ports.firstPort - b.ports.firstPort);
    this.#lastPorts = new Map(
      sorted.map((now) => [now.blockId, shareStates(this.#lastPorts.get(now.blockId), now)]),
    );
    return this.#lastPorts;
  }
}

type Changes = Map<Picture | null, PictureChange>;

function noChanges(): { readonly withPorts: Changes; readonly withoutPorts: Changes } {
  return { withPorts: new Map(), withoutPorts: new Map() };
}

/** Without times, and counts that the pools tell, too. */
function lasting(message: GetBrokerResponse): GetBrokerResponse {
  return {
    ...message,
    uptime: undefined,
    revision: 0n,
    activeLeases: 0,
    usage: undefined,
    waitingRequests: 0,
  };
}

function shareAll<Message>(
  before: ReadonlyMap<string, Shown<Message>> | undefined,
  messages: readonly Message[],
  keyOf: (message: Message) => string,
  codec: Codec<Message>,
): ReadonlyMap<string, Shown<Message>> {
  return new Map(
    messages.map((message) => {
      const key = keyOf(message);
      const bytes = codec.encode(message).finish();
      const last = before?.get(key);
      const same = last !== undefined && Buffer.compare(last.bytes, bytes) === 0;
      return [key, same ? last : { message, bytes }];
    }),
  );
}

function shareStates(before: BlockPorts | undefined, now: BlockPorts): BlockPorts {
  if (before === undefined || before.ports.firstPort !== now.ports.firstPort) return now;
  return Buffer.compare(before.states, now.states) === 0 ? before : now;
}
