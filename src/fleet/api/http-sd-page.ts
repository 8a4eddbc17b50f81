// The page /http_sd: what Prometheus finds its targets by.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../../server/domain/boundaries.js";
import { Slices } from "../../server/domain/slices.js";
import type { Page } from "../../server/http/page.js";
import { HttpRefusal } from "../../server/http/refusal.js";
import type { FleetReader } from "../view/fleet-reader.js";
import { httpSdTargets } from "./http-sd.js";

/** Prometheus takes no other: https://prometheus.io/docs/prometheus/latest/http_sd/#requirements-of-http-sd-endpoints */
const contentType = "application/json";

/**
 * Answers under way at once: each is some 25 MB at most, and a slow reader may keep one for a minute. Each Prometheus asks once a minute
 * and takes its answer in less than a second.
 */
export const httpSdAnswersMax = 4;
const retryAfterSeconds = 5;

/** `clock`: real time. Rejects with HttpRefusal when {@link httpSdAnswersMax} answers are made or taken. */
export function httpSdPage(view: FleetReader, clock: Clock): Page {
  const slices = new Slices(clock, () => nextTurn());
  let underWay = 0;
  return async (query, over) => {
    if (underWay >= httpSdAnswersMax) throw tooManyAnswers();
    underWay += 1;
    const texts: string[] = [];
    try {
      const groups = await httpSdTargets(view, query, slices);
      await slices.visit(groups, (group) => void texts.push(JSON.stringify(group)));
    } finally {
      void over.then(() => (underWay -= 1));
    }
    return { contentType, text: `[${texts.join(",")}]` };
  };
}

function tooManyAnswers(): HttpRefusal {
  return new HttpRefusal(
    503,
    `${httpSdAnswersMax} lists of targets are made or read, which is the most at once; try again in ${retryAfterSeconds} seconds`,
    { "retry-after": String(retryAfterSeconds) },
  );
}
