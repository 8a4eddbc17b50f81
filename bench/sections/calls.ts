// The rows: calls, pairs and renewals by both clients, and the same of the peers that are installed.

import { nothingToSay } from "../outcome.js";
import { whyNotMeasured } from "../peers/peers.js";
import { goalsOf, ratiosOf } from "../ratios.js";
import { rowsOf } from "../row.js";
import { cellsOf } from "../rows/cells.js";
import { runRounds } from "../rows/rounds.js";
import { brokerRows, peerRows } from "../rows/rows.js";
import { callsPools } from "../servers/broker-pools.js";
import type { Section } from "./section.js";

export const callsSection: Section = {
  name: "calls",
  about: "calls, pairs and renewals, beside the peers that are installed",
  async run(context) {
    const wanted = cellsOf([...brokerRows, ...peerRows], context.options);
    const cells = wanted.filter(({ row }) => whyNotMeasured(row.server) === null);
    const missing = new Set(wanted.map(({ row }) => whyNotMeasured(row.server)));
    const measurements = await runRounds(context, cells);
    const ratios = ratiosOf(measurements);
    return {
      ...nothingToSay,
      rows: rowsOf(cells, measurements),
      ratios,
      goals: goalsOf(ratios),
      notes: [
        `The broker has its default configuration, and ${callsPools.note}.`,
        ...[...missing].filter((why) => why !== null),
      ],
    };
  },
};
