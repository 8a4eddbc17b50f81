// portlease pools: shows the pools, and changes their policy beyond the configuration.

import { type Command, Option } from "commander";
import {
  AdminServiceService,
  type UpdatePoolRequest,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { PickPolicy } from "@portlease/proto/portlease/v1/pool.js";
import { withBroker } from "../broker-call.js";
import { addBrokerOptions, type BrokerOptions } from "../broker-options.js";
import { usageFailure } from "../cli-failure.js";
import { withHelp } from "../command-help.js";
import { exitCodes } from "../exit-codes.js";
import { listPools } from "../list-pools.js";
import type { Output } from "../output.js";
import { poolJson } from "../pool-json.js";
import { poolsView } from "../pool-view.js";
import { protoDuration } from "../proto-json.js";
import { plainTable } from "../table.js";
import { duration, positiveDuration, wholeNumber } from "../value-parsers.js";
import { showOrWatch } from "../view/show.js";
import { addWatchableOptions, type WatchableOptions } from "../view/view-options.js";

const pickPolicies = {
  "least-recently-used": PickPolicy.PICK_POLICY_LEAST_RECENTLY_USED,
  compact: PickPolicy.PICK_POLICY_COMPACT,
  random: PickPolicy.PICK_POLICY_RANDOM,
} as const;

interface SetOptions extends BrokerOptions {
  readonly ttlDefault?: number;
  readonly ttlMin?: number;
  readonly ttlMax?: number;
  readonly quarantine?: number;
  readonly maxSize?: number;
  readonly maxPortCount?: number;
  readonly pick?: keyof typeof pickPolicies;
  readonly reset?: boolean;
  readonly dryRun?: boolean;
}

export function addPools(program: Command, output: Output): void {
  const pools = program.command("pools").description("show the pools, and change their policy");
  const ls = pools.command("ls", { isDefault: true }).description("list the pools and their use");
  withHelp(addWatchableOptions(ls), {
    role: "viewer",
    examples: [
      ["pools", "how full they are"],
      ["pools --watch", "the same, as it changes"],
      ["pools -o wide", "with their policy"],
    ],
  }).action((options: WatchableOptions) =>
    showOrWatch(options, output, async (broker) => poolsView(await listPools(broker))),
  );
  addSet(pools, output);
}

function addSet(pools: Command, output: Output): void {
  const command = pools
    .command("set")
    .description("change a pool's policy beyond its configuration; it lasts until --reset")
    .argument("<pool>", "the pool")
    .option("--ttl-default <time>", "the TTL of leases that ask for none", positiveDuration)
    .option("--ttl-min <time>", "the shortest TTL that can be asked for", positiveDuration)
    .option("--ttl-max <time>", "the longest TTL that can be asked for", positiveDuration)
    .option("--quarantine <time>", "how long ports rest between two holders, 0 for not", duration)
    .option("--max-size <n>", "how many ports it may grow to", wholeNumber(1, 65_535))
    .option(
      "--max-port-count <n>",
      "the longest run of ports for one lease",
      wholeNumber(1, 65_535),
    )
    .addOption(
      new Option("--pick <policy>", "how free ports are picked").choices(Object.keys(pickPolicies)),
    )
    .option("--reset", "forget earlier changes first, so that the configuration counts again")
    .option("--dry-run", "check and show how it would be");
  withHelp(addBrokerOptions(command), {
    role: "admin",
    examples: [
      ["pools set default --quarantine 5s", "let ports rest less, on a host that is short of them"],
      ["pools set web --max-size 500 --dry-run", "would that be allowed?"],
      ["pools set web --reset", "go back to the configuration"],
    ],
    exits: [exitCodes.notFound, exitCodes.refused],
    more: "What is set is on disk when the command ends, and lasts over restarts and reloads of the broker.",
  }).action((pool: string, options: SetOptions) => set(pool, options, output));
}

async function set(name: string, options: SetOptions, output: Output): Promise<void> {
  const request = requestOf(name, options);
  const { pool } = await withBroker(options, (broker) =>
    broker.call(AdminServiceService.updatePool, request),
  );
  if (options.json) return output.json({ pool: pool === undefined ? null : poolJson(pool) });
  if (pool === undefined) return;
  const form = { ...plainTable, ...output.display(), wide: true };
  output.line(poolsView([pool]).lines(form).join("\n"));
  if (request.validateOnly) output.note("nothing was changed (--dry-run)");
}

function requestOf(pool: string, options: SetOptions): UpdatePoolRequest {
  const { ttlDefault, ttlMin, ttlMax, quarantine, maxSize, maxPortCount, pick, reset } = options;
  const values = [ttlDefault, ttlMin, ttlMax, quarantine, maxSize, maxPortCount, pick];
  if (reset !== true && values.every((value) => value === undefined)) {
    throw usageFailure('nothing to change: see "portlease pools set --help"');
  }
  const time = (ms: number | undefined) => (ms === undefined ? undefined : protoDuration(ms));
  return {
    pool,
    defaultTtl: time(ttlDefault),
    minTtl: time(ttlMin),
    maxTtl: time(ttlMax),
    quarantine: time(quarantine),
    maxSize,
    maxPortCount,
    pickPolicy: pick === undefined ? PickPolicy.PICK_POLICY_UNSPECIFIED : pickPolicies[pick],
    reset: reset ?? false,
    validateOnly: options.dryRun ?? false,
  };
}
