// A broker on a fresh data directory, for as long as something is measured.

import type { BenchContext } from "../context.js";
import type { BrokerPools } from "./broker-pools.js";
import { BrokerHome, type BrokerProcess, startBroker } from "./broker-process.js";

/** Ends the broker and removes its data, whatever becomes of `use`. */
export async function withFreshBroker<T>(
  { cores, options }: Pick<BenchContext, "cores" | "options">,
  use: (broker: BrokerProcess) => Promise<T>,
  pools?: BrokerPools,
): Promise<T> {
  const home = new BrokerHome(pools);
  try {
    const broker = await startBroker(home, {
      core: cores?.broker ?? null,
      profileDirectory: options.profileDirectory,
      probed: true,
    });
    try {
      return await use(broker);
    } finally {
      await broker.stop();
    }
  } finally {
    home.remove();
  }
}
