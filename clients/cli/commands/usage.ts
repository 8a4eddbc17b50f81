// portlease usage: how full pools were, as far as the broker remembers, and when they will be full.

import { type Command, InvalidArgumentError, Option } from "commander";
import {
  AdminServiceService,
  type GetUsageHistoryResponse,
  type UsageSample,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { parseDuration } from "../../../src/server/config/duration.js";
import type { BrokerCalls } from "../broker-call.js";
import { withHelp } from "../command-help.js";
import { exitCodes } from "../exit-codes.js";
import { durationText } from "../lease-text.js";
import type { Output } from "../output.js";
import { usedShare, usedText, usedTone } from "../pool-view.js";
import { durationJson, protoDuration } from "../proto-json.js";
import { formatPairs, type TableForm } from "../table.js";
import { sparkline } from "../terminal/sparkline.js";
import { showOrWatch } from "../view/show.js";
import type { View } from "../view/view.js";
import { addWatchableOptions, type WatchableOptions } from "../view/view-options.js";

const windowDefaultMs = 3_600_000;
/** The broker remembers no more. */
const windowMsMax = 86_400_000;
/** Of the line of bars where nothing says how wide it may be, and the most: longer ones are hard to read. */
const barsMax = 72;
/** The names of the lines, which stand before it. */
const namesWidth = 10;

interface UsageOptions extends WatchableOptions {
  readonly pool?: string;
  readonly window: number;
}

export function addUsage(program: Command, output: Output): void {
  const command = program
    .command("usage")
    .description("show how full the pools were, and when they will be full")
    .option("--pool <pool>", "only this pool (default: all together)")
    .addOption(
      new Option("--window <time>", "how far back, up to 24h")
        .argParser(timeWindow)
        .default(windowDefaultMs, "1h"),
    );
  withHelp(addWatchableOptions(command), {
    role: "viewer",
    examples: [
      ["usage", "the last hour"],
      ["usage --pool web --window 24h", "a day of one pool"],
    ],
    exits: [exitCodes.notFound],
    more: "The broker remembers a day, since it was started.",
  }).action((options: UsageOptions) =>
    showOrWatch(options, output, (broker) => viewOf(broker, options)),
  );
}

async function viewOf(broker: BrokerCalls, { pool = "", window }: UsageOptions): Promise<View> {
  const request = { pool, window: protoDuration(window) };
  const answer = await broker.call(AdminServiceService.getUsageHistory, request);
  return {
    lines: (form) => usageLines(answer, window, form),
    document: () => toJson(answer),
    names: () => [],
    notes: [],
  };
}

function usageLines(
  { samples, timeToExhaustion }: GetUsageHistoryResponse,
  windowMs: number,
  { columns, paint }: TableForm,
): readonly string[] {
  const last = samples.at(-1);
  if (last?.sampleTime === undefined) return ["nothing is known yet: the broker has just started"];
  const toMs = last.sampleTime.getTime();
  const width = Math.max(1, Math.min(barsMax, (columns ?? Infinity) - namesWidth));
  const points = samples.flatMap(({ sampleTime, usage }) => {
    const share = usedShare(usage);
    return sampleTime === undefined || share === null
      ? []
      : [{ atMs: sampleTime.getTime(), share }];
  });
  const sum = (of: (sample: UsageSample) => number): number =>
    samples.reduce((total, sample) => total + of(sample), 0);
  const refusals = sum((sample) => sample.refusals);
  const full = durationText(timeToExhaustion);
  const text = formatPairs(
    [
      ["used", sparkline(points, toMs - windowMs, toMs, width), usedTone(last.usage)],
      ["now", `${usedText(last.usage)}, ${last.usage?.free ?? 0} ports free`],
      ["granted", String(sum((sample) => sample.grants))],
      ["refused", String(refusals), refusals === 0 ? null : "warning"],
      ["full in", full ?? "it does not fill up", full === null ? null : "warning"],
    ],
    paint,
  );
  return text.split("\n");
}

function toJson(answer: GetUsageHistoryResponse): Record<string, unknown> {
  return {
    samples: answer.samples.map(({ sampleTime, usage = null, ...counts }) => ({
      sampleTime: sampleTime?.toISOString() ?? null,
      usage,
      ...counts,
    })),
    interval: durationJson(answer.interval),
    timeToExhaustion: durationJson(answer.timeToExhaustion),
  };
}

function timeWindow(text: string): number {
  const windowMs = parseDuration(text) ?? Number.NaN;
  if (windowMs > 0 && windowMs <= windowMsMax) return windowMs;
  throw new InvalidArgumentError("It must be a time up to 24h, such as 30m.");
}
