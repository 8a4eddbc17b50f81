// Has pools grow and shrink in the background, as the core decides: one step of each pool at a time, and of all blocks one
// after the other, which is the block manager's business. The core hears how each step ended.

import type { GrowthStep, PoolGrowth } from "../domain/pool-growth.js";
import type { Timed } from "../housekeeping.js";
import type { BlockManager } from "./block-manager.js";

export class PoolGrower implements Timed {
  readonly #growth: PoolGrowth;
  readonly #manager: BlockManager;
  readonly #underWay = new Set<Promise<void>>();
  #stopped = false;

  constructor(growth: PoolGrowth, manager: BlockManager) {
    this.#growth = growth;
    this.#manager = manager;
  }

  /** Begins what is to be done. Nothing is planned ahead: a pool is looked at as often as anything is. */
  advance(): null {
    while (!this.#stopped) {
      const step = this.#growth.nextStep();
      if (step === null) break;
      const work = this.#take(step).finally(() => this.#underWay.delete(work));
      this.#underWay.add(work);
    }
    return null;
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Begins nothing more; resolves when what is under way is done, so that no reservation is left half-made. */
  stop(): Promise<void> {
    this.#stopped = true;
    return this.settled();
  }

  /** Never rejects. */
  async #take(step: GrowthStep): Promise<void> {
    try {
      if (step.type === "grow") await this.#manager.grow(step.pool, step.portCount);
      else await this.#manager.shrink(step.block);
      this.#growth.done(step);
    } catch (error) {
      this.#growth.failed(step, error);
    }
  }
}
