// The list of ten thousand leases, page by page, by both clients.

import { nothingToSay } from "../outcome.js";
import { rowsOf } from "../row.js";
import { cellsOf, type Measurement, measureCell } from "../rows/cells.js";
import { connect } from "../rows/connection.js";
import { brokerServer } from "../rows/rounds.js";
import { listedLeases, listRow } from "../rows/rows.js";
import { poolFor } from "../servers/broker-pools.js";
import { withFreshBroker } from "../servers/fresh-broker.js";
import type { Section } from "./section.js";

/** A list takes a hundred times what other calls take. */
const windowsLonger = 4;

export const listingSection: Section = {
  name: "listing",
  about: `all of ${listedLeases} leases, page by page`,
  async run(context) {
    const { options, progress } = context;
    const cells = cellsOf([listRow], options);
    const measurements: Measurement[] = [];
    const measureMs = options.measureMs * windowsLonger;
    const pools = poolFor(listedLeases);
    await withFreshBroker(
      context,
      async (broker) => {
        const connection = await connect(broker.address, listedLeases);
        try {
          const server = brokerServer(broker, connection);
          for (let round = 1; round <= options.rounds; round += 1) {
            for (const cell of cells) {
              progress(`listing: round ${round}/${options.rounds}`);
              const window = await measureCell(cell, server, {
                warmUpMs: options.warmUpMs,
                measureMs,
              });
              measurements.push({ ...cell, round, window });
            }
          }
        } finally {
          connection.close();
        }
      },
      pools,
    );
    return { ...nothingToSay, rows: rowsOf(cells, measurements) };
  },
};
