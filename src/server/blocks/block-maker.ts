// Makes blocks: reserves new ones under an intent that is on disk first, and brings recorded ones back around their leases.
// Which blocks a pool is to have is the callers' business.

import { NativeError } from "@portlease/native";
import type { BlockLedger, BlockReservation, BlockReserver } from "../domain/boundaries.js";
import type { Clock, EventSink, PortRun } from "../domain/boundaries.js";
import type { PoolPolicy } from "../domain/pool.js";
import { PortBlock } from "../domain/port-block.js";
import { formatPortRange, portCountOf, portRange } from "../domain/port-range.js";
import type { BlockOrigin, BlockRecord, ReservationKind } from "../domain/records.js";
import type { Log } from "../log.js";
import type { AutoKind } from "./auto-kind.js";
import { IntendedRuns } from "./intended-runs.js";
import { type LastingReservations, outlivesBroker } from "./lasting-reservations.js";
import type { OpenReservations } from "./open-reservations.js";

export interface BlockMakerParts {
  readonly reserver: BlockReserver;
  readonly lasting: Pick<LastingReservations, "has">;
  readonly autoKind: AutoKind;
  readonly open: OpenReservations;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly log: Log;
  /** The pools whose leased ports are bound as any other port, at first: none by default. */
  readonly lendingPools?: ReadonlySet<string>;
}

export interface WantedBlock {
  readonly pool: string;
  readonly protocol: BlockRecord["protocol"];
  readonly kind: ReservationKind;
  readonly kindIsAuto: boolean;
  readonly isolation: BlockRecord["isolation"];
  readonly firstPort: number | null;
  readonly pick: PoolPolicy["pick"];
  readonly portCount: number;
  readonly origin: BlockOrigin;
  /** Blocks that have a record, whatever became of them: the new one gets another name. */
  readonly knownIds: ReadonlySet<string>;
}

/** A reservation with its record of stage "created", which is on disk. */
export interface MadeBlock {
  readonly record: BlockRecord;
  readonly reservation: BlockReservation;
}

export class BlockMaker {
  readonly #parts: BlockMakerParts;
  readonly #lending: Set<string>;

  constructor(parts: BlockMakerParts) {
    this.#parts = parts;
    this.#lending = new Set(parts.lendingPools);
  }

  /**
   * Reserves a new block; resolves when its record is on disk. When it rejects nothing is reserved, but what `leftBehind` was
   * told of. A kind that nobody asked for may become another one.
   */
  async make(
    wanted: WantedBlock,
    ledger: BlockLedger,
    leftBehind: (record: BlockRecord) => void,
  ): Promise<MadeBlock> {
    const knownIds = new Set(wanted.knownIds);
    const noteLeft = (record: BlockRecord): void => {
      knownIds.add(record.blockId);
      leftBehind(record);
    };
    try {
      return await this.#makeAs(wanted, ledger, noteLeft);
    } catch (error) {
      const { autoKind } = this.#parts;
      if (!wanted.kindIsAuto || !autoKind.fallBack(wanted.kind, error)) throw error;
      return this.#makeAs({ ...wanted, knownIds, kind: autoKind.kind }, ledger, leftBehind);
    }
  }

  /** Brings a recorded block back around its leased ports. Rejects with NativeError. */
  async restore(record: BlockRecord, leasedPorts: ReadonlySet<number>): Promise<PortBlock> {
    const { reserver, open, log } = this.#parts;
    const { kind, protocol, isolation, ports, blockId } = record;
    const reservation = await reserver.reserveBlock({
      kind,
      protocol,
      isolation,
      firstPort: ports.firstPort,
      portCount: portCountOf(ports),
      pick: "auto",
      leasedPorts,
      lendsPorts: this.lends(record.pool),
      // Its record is on disk already.
      intend: () => Promise.resolve(),
      leftBehind: () => undefined,
    });
    open.add(reservation);
    const uncovered = reservation.uncoveredPorts();
    if (uncovered.length > 0) {
      log.warn(
        "some ports of the block are in use and not covered; free ones are left out until they can be, leased ones go on unprotected",
        { blockId, uncovered: uncovered.slice(0, 20), uncoveredCount: uncovered.length },
      );
    }
    return this.portBlock({ record, reservation }, leasedPorts);
  }

  portBlock({ record, reservation }: MadeBlock, leasedPorts: ReadonlySet<number>): PortBlock {
    const { clock, events } = this.#parts;
    return new PortBlock(record, reservation, leasedPorts, clock, events);
  }

  /** Whether leased ports of blocks made for the pool are bound as any other port. */
  lends(pool: string): boolean {
    return this.#lending.has(pool);
  }

  /** How it is for blocks that are made from now on. */
  setLends(pool: string, lends: boolean): void {
    if (lends) this.#lending.add(pool);
    else this.#lending.delete(pool);
  }

  async #makeAs(
    wanted: WantedBlock,
    ledger: BlockLedger,
    leftBehind: (record: BlockRecord) => void,
  ): Promise<MadeBlock> {
    const { reserver, open, log } = this.#parts;
    const intents = new IntendedRuns(ledger, (run) => recordOf(wanted, run, "intended"));
    const { kind, protocol, isolation, firstPort, pick, portCount } = wanted;
    let reservation: BlockReservation;
    try {
      reservation = await reserver.reserveBlock({
        kind,
        protocol,
        isolation,
        firstPort,
        pick,
        portCount,
        leasedPorts: null,
        lendsPorts: this.lends(wanted.pool),
        intend: (run) => intents.add(run),
        leftBehind: (run, error) => {
          const record = intents.leave(run);
          log.error("a reservation could not be given back", {
            ports: formatPortRange(record.ports),
            error,
          });
          leftBehind(record);
        },
      });
    } catch (error) {
      await this.#dropIntents(intents, ledger, error, leftBehind);
      throw error;
    }
    open.add(reservation);
    return this.#recordCreated(
      { record: recordOf(wanted, reservation, "created"), reservation },
      {
        intents,
        ledger,
        leftBehind,
      },
    );
  }

  /** Nobody knows of the block yet: if it cannot be written down it is given back, or else its intent tells of it. */
  async #recordCreated(
    made: MadeBlock,
    use: {
      readonly intents: IntendedRuns;
      readonly ledger: BlockLedger;
      readonly leftBehind: (record: BlockRecord) => void;
    },
  ): Promise<MadeBlock> {
    const { open, log } = this.#parts;
    const { record, reservation } = made;
    try {
      await use.intents.drop(reservation);
      await use.ledger.record(record);
      return made;
    } catch (error) {
      try {
        await reservation.remove();
        open.delete(reservation);
        for (const left of [...use.intents.records, record]) use.ledger.forgetOnceWritable(left);
      } catch (removeError) {
        log.error("a block that could not be recorded could not be given back either", {
          ports: formatPortRange(record.ports),
          error: removeError,
        });
        // Any other kind ends with this process.
        if (outlivesBroker(record.kind)) use.leftBehind({ ...record, stage: "intended" });
      }
      throw error;
    }
  }

  /** But those that are in doubt. */
  async #dropIntents(
    intents: IntendedRuns,
    ledger: BlockLedger,
    error: unknown,
    leftBehind: (record: BlockRecord) => void,
  ): Promise<void> {
    const { lasting, log } = this.#parts;
    try {
      for (const record of isRefusal(error) ? [] : intents.records) {
        if ((await lasting.has(record).catch(() => null)) === false) continue;
        const { ports } = record;
        log.error("ports of a block that was not made may still be reserved", {
          ports: formatPortRange(ports),
          error,
        });
        leftBehind(intents.leave({ firstPort: ports.firstPort, portCount: portCountOf(ports) }));
      }
      await intents.drop(null);
    } catch (dropError) {
      log.warn("an intent could not be dropped; it is tried again", { error: dropError });
      for (const record of intents.records) ledger.forgetOnceWritable(record);
    }
  }
}

/** An answer that says that nothing was made; after any other failure the operating system is asked. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof NativeError && (error.code === "PORT_TAKEN" || error.code === "NO_FREE_RANGE")
  );
}

function recordOf(wanted: WantedBlock, run: PortRun, stage: BlockRecord["stage"]): BlockRecord {
  const { pool, protocol, kind, isolation, origin } = wanted;
  const ports = portRange(run.firstPort, run.portCount);
  if (ports === null) throw new RangeError("the reservation is no range of ports");
  const name = `${pool}-${protocol}-${ports.firstPort}`;
  let blockId = name;
  for (let count = 2; wanted.knownIds.has(blockId); count += 1) blockId = `${name}-${count}`;
  return { blockId, pool, protocol, kind, ports, isolation, stage, draining: false, origin };
}
