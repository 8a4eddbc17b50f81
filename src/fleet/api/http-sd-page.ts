// The page /http_sd: what Prometheus finds its targets by.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../../server/domain/boundaries.js";
import { Slices } from "../../server/domain/slices.js";
import type { Page } from "../../server/http/page.js";
import type { FleetReader } from "../view/fleet-reader.js";
import { httpSdTargets } from "./http-sd.js";

/** Prometheus takes no other: https://prometheus.io/docs/prometheus/latest/http_sd/#requirements-of-http-sd-endpoints */
const contentType = "application/json";

/** `clock`: real time. */
export function httpSdPage(view: FleetReader, clock: Clock): Page {
  const slices = new Slices(clock, () => nextTurn());
  return async (query) => {
    const texts: string[] = [];
    const groups = await httpSdTargets(view, query, slices);
    await slices.visit(groups, (group) => void texts.push(JSON.stringify(group)));
    return { contentType, text: `[${texts.join(",")}]` };
  };
}
