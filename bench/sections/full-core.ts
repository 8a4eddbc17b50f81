// The lease core alone with very many leases, on its real store: where a process may not have so many ports open, this is as near as
// it gets. Without gRPC, sessions and the holding of ports, as the names of its goals say.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { goalOf } from "../goals.js";
import { type Figure, nothingToSay, type SectionOutcome } from "../outcome.js";
import { dataParent } from "../servers/data-parent.js";
import { spreadOf } from "../statistics.js";
import type { BenchContext } from "../context.js";
import { expiryLagMsMax, heapBytesMax, restartRatioMax } from "./many-lease-goals.js";
import { readStore } from "./read-store.js";
import { programPath, runNode } from "./run-node.js";
import type { Section } from "./section.js";

export const fullCoreSection: Section = {
  name: "full-core",
  about: "the same of the lease core and its store alone",
  async run(context) {
    mkdirSync(dataParent, { recursive: true });
    const directory = mkdtempSync(join(dataParent, "bench-core-"));
    const remove = (): void => rmSync(directory, { recursive: true, force: true });
    process.once("exit", remove);
    try {
      return await measure(context, directory);
    } finally {
      process.off("exit", remove);
      remove();
    }
  },
};

async function measure(context: BenchContext, directory: string): Promise<SectionOutcome> {
  const { leases, rounds } = context.options;
  const core = context.cores?.broker ?? null;
  const run = async (
    step: "fill" | "restart" | "expire",
    data = directory,
  ): Promise<Record<string, number>> => {
    const words = [programPath("full-core"), step, data, String(leases)];
    return JSON.parse((await runNode(core, words)).output) as Record<string, number>;
  };
  context.progress("full core: acquiring the leases");
  const { bytesPerLease = Number.NaN } = await run("fill");
  const restartMs: number[] = [];
  const readMs: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    context.progress(`full core: restart ${round}/${rounds}`);
    readMs.push(await readStore(directory, leases));
    restartMs.push((await run("restart"))["tookMs"] ?? Number.NaN);
  }
  context.progress("full core: expiry");
  const { p99 = Number.NaN, max = Number.NaN } = await run("expire", join(directory, "expire"));
  const ratio = restartMs.map((ms, round) => ms / (readMs[round] ?? Number.NaN));
  const alone = `core alone, ${leases} leases`;
  const figure = (name: string, unit: string, values: readonly number[]): Figure => {
    return { name: `${alone}: ${name}`, unit, value: spreadOf(values) };
  };
  return {
    ...nothingToSay,
    figures: [
      figure("heap for each lease", "bytes", [bytesPerLease]),
      figure("from the files to a core that grants", "ms", restartMs),
      figure("reading and decoding that store", "ms", readMs),
      figure("the first / the second", "", ratio),
      figure("they expire at once, lag p99", "ms", [p99]),
      figure("they expire at once, lag max", "ms", [max]),
    ],
    goals: [
      goalOf(`${alone}: heap for each lease, bytes`, { atMost: heapBytesMax }, bytesPerLease),
      goalOf(
        `${alone}: restart / reading and decoding`,
        { atMost: restartRatioMax },
        spreadOf(ratio).median,
      ),
      goalOf(`${alone}: expiry lag p99, ms`, { atMost: expiryLagMsMax }, p99),
    ],
  };
}
