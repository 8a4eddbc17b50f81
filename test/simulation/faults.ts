// What goes wrong, and when: one fault after the other as the dice say, of the kinds that the scenario has. Each undoes itself, and
// `endAll` undoes the rest. To add a kind: name it in scenario.ts, and say here what it does.

import { type FaultKind, firstPort } from "./scenario.js";
import type { SimProcess } from "./sim-process.js";
import type { World } from "./world.js";
import { Dice } from "./dice.js";

type Doers = Readonly<Record<FaultKind, (world: World, dice: Dice) => string | null>>;

export class Faults {
  readonly #world: World;
  readonly #dice: Dice;
  readonly #kinds: readonly FaultKind[];
  #ended = false;

  constructor(world: World) {
    this.#world = world;
    this.#dice = Dice.of(world.scenario.seed, "faults");
    this.#kinds = [...world.scenario.faults];
  }

  start(): void {
    if (this.#kinds.length > 0) this.#planNext();
  }

  /** From now on nothing goes wrong, and what is wrong becomes right. */
  endAll(): void {
    this.#ended = true;
    const { disk, network } = this.#world;
    Object.assign(disk.faults, { full: false, failureChance: 0, slow: false });
    network.healAll();
  }

  #planNext(): void {
    const { time, scenario } = this.#world;
    time.after(this.#dice.between(0.2, 1.8) * scenario.faultEveryMs, () => {
      if (this.#ended) return;
      const kind = this.#kinds[this.#dice.integer(this.#kinds.length)];
      if (kind !== undefined) this.#do(kind);
      this.#planNext();
    });
  }

  #do(kind: FaultKind): void {
    const what = doers[kind](this.#world, this.#dice);
    if (what !== null) this.#world.trace.add("fault", what);
  }
}

const doers: Doers = {
  "broker-kill": ({ broker }) => {
    broker.kill();
    return "the broker is killed";
  },
  "broker-stop": ({ broker }) => {
    broker.stop();
    return "the broker is stopped";
  },
  "broker-pause": ({ broker, time }, dice) => pause(time, broker.process, dice, 8_000),
  "host-sleep": (world, dice) => {
    if (world.host.time.asleep) return null;
    const ms = dice.skewed(50, 12_000);
    const processes = world.processes();
    for (const process of processes) process.pause();
    world.host.time.fallAsleep();
    world.time.after(ms, () => {
      world.host.time.wakeUp();
      for (const process of processes) process.resume();
    });
    return `the host sleeps for ${ms.toFixed(0)} ms`;
  },
  "host-reboot": (world) => {
    world.reboot();
    return "the host restarts without warning";
  },
  "wall-jump": ({ host }, dice) => {
    const ms = dice.pick([-3_600_000, -5_000, -500, 500, 5_000, 86_400_000]);
    host.time.jumpWall(ms);
    return `the wall clock jumps by ${ms} ms`;
  },
  "disk-full": ({ disk, time }, dice) => {
    disk.faults.full = true;
    const ms = dice.skewed(50, 6_000);
    time.after(ms, () => {
      disk.faults.full = false;
    });
    return `the disk is full for ${ms.toFixed(0)} ms`;
  },
  "disk-failure": ({ disk, time }, dice) => {
    disk.faults.failureChance = dice.pick([0.1, 0.5, 1]);
    time.after(dice.skewed(20, 2_000), () => {
      disk.faults.failureChance = 0;
    });
    return `the disk fails, ${disk.faults.failureChance} of all writes`;
  },
  "disk-slow": ({ disk, time }, dice) => {
    disk.faults.slow = true;
    time.after(dice.skewed(100, 3_000), () => {
      disk.faults.slow = false;
    });
    return "the disk is slow";
  },
  "network-delay": ({ network, time }, dice) => {
    network.faults.delayChance = dice.between(0.1, 1);
    time.after(dice.skewed(100, 3_000), () => {
      network.faults.delayChance = 0;
    });
    return "the network is slow";
  },
  "network-reset": ({ network, time }, dice) => {
    network.breakOne(dice);
    network.faults.resetChance = dice.between(0, 0.3);
    time.after(dice.skewed(50, 1_000), () => {
      network.faults.resetChance = 0;
    });
    return "connections break";
  },
  "network-cut": ({ network, time, services }, dice) => {
    const service = services[dice.integer(services.length)];
    if (service === undefined) return null;
    const ms = dice.between(100, 9_000);
    network.cut(service.process, time.nowMs + ms);
    return `${service.process.name} is cut off for ${ms.toFixed(0)} ms`;
  },
  "lonely-grant": ({ network, time }, dice) => {
    network.faults.lonelyGrantChance = dice.between(0.2, 1);
    time.after(dice.between(500, 4_000), () => {
      network.faults.lonelyGrantChance = 0;
    });
    return "clients are cut off after their grants";
  },
  "client-kill": (world, dice) => {
    const name = world.endService(dice);
    return name === null ? null : `${name} is killed`;
  },
  "client-pause": ({ services, time }, dice) => {
    const service = services[dice.integer(services.length)];
    return pause(time, service?.process ?? null, dice, 9_000);
  },
  stranger: ({ host, time, scenario, broker }, dice) => {
    // What the broker holds is for anybody to take while it is gone.
    if (scenario.faults.has("broker-kill") && dice.chance(0.5)) broker.kill();
    const { size } = scenario.pool;
    const first = dice.integer(size);
    for (let index = 0; index < size; index += 1) {
      const port = firstPort + ((first + index) % size);
      const bound = host.openStranger(port);
      if (bound === null) continue;
      time.after(dice.between(200, 8_000), () => bound.close());
      return `a stranger binds port ${port}`;
    }
    return null;
  },
};

function pause(
  time: World["time"],
  process: SimProcess | null,
  dice: Dice,
  msMax: number,
): string | null {
  if (process === null) return null;
  const ms = dice.skewed(20, msMax);
  process.pause();
  time.after(ms, () => process.resume());
  return `${process.name} is paused for ${ms.toFixed(0)} ms`;
}
