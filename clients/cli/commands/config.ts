// portlease config: what the running broker is configured to, where each value comes from, and reading the configuration again.

import type { Command } from "commander";
import { AdminServiceService } from "@portlease/proto/portlease/v1/admin_service.js";
import { type BrokerCalls, withBroker } from "../broker-call.js";
import { addBrokerOptions, type BrokerOptions } from "../broker-options.js";
import { withHelp } from "../command-help.js";
import { configRows, type ConfigRow } from "../config-rows.js";
import { exitCodes } from "../exit-codes.js";
import type { Output } from "../output.js";
import type { Column } from "../table.js";
import { show } from "../view/show.js";
import { listView, type View } from "../view/view.js";
import { addViewOptions, type ViewOptions } from "../view/view-options.js";

interface ReloadOptions extends BrokerOptions {
  readonly dryRun?: boolean;
}

export function addConfig(program: Command, output: Output): void {
  const config = program
    .command("config")
    .description("show the running broker's configuration, and have it read again");
  const showCommand = config
    .command("show", { isDefault: true })
    .description("show the values that count, and where each comes from; secrets are masked");
  withHelp(addViewOptions(showCommand), {
    role: "viewer",
    examples: [
      ["config show", "every value and its source"],
      ["config show -o yaml", "as a configuration file has it"],
    ],
  }).action((options: ViewOptions) => show(options, output, viewOf));
  const reloadCommand = config
    .command("reload")
    .description("read the configuration again, and apply what can be changed while running")
    .option("--dry-run", "only check, and say what would be applied");
  withHelp(addBrokerOptions(reloadCommand), {
    role: "admin",
    examples: [
      ["config reload --dry-run", "is the file right, and what would change?"],
      ["config reload", "apply it; no call is dropped"],
    ],
    exits: [exitCodes.refused],
  }).action((options: ReloadOptions) => reload(options, output));
}

const columns: readonly Column<ConfigRow>[] = [
  { heading: "SETTING", text: ({ path }) => path },
  { heading: "VALUE", text: ({ value }) => value, cut: 0 },
  {
    heading: "FROM",
    text: ({ source }) => source,
    tone: ({ source }) => (source === "default" ? "quiet" : source === "operator" ? "info" : null),
  },
];

async function viewOf(broker: BrokerCalls): Promise<View> {
  const { config = {}, sources } = await broker.call(AdminServiceService.getConfig, {});
  const values: Readonly<Record<string, unknown>> = config;
  return listView({
    rows: configRows(values, sources),
    columns,
    name: ({ path }) => path,
    document: () => ({ config: values, sources }),
    empty: "the broker told nothing of its configuration",
  });
}

/** On top of --timeout: pools may get blocks, and files are read. */
const reloadMs = 30_000;

async function reload(options: ReloadOptions, output: Output): Promise<void> {
  const validateOnly = options.dryRun ?? false;
  const { applied, needsRestart, failed } = await withBroker(
    options,
    (broker) => broker.call(AdminServiceService.reloadConfig, { validateOnly }, reloadMs),
    "the configuration to be applied",
  );
  if (options.json) return output.json({ applied, needsRestart, failed });
  const verb = validateOnly ? "would be applied" : "applied";
  for (const line of applied) output.line(`${verb}: ${line}`);
  for (const line of needsRestart) output.line(`needs a restart: ${line}`);
  for (const line of failed) output.line(`failed: ${line}`);
  if (applied.length + needsRestart.length + failed.length === 0)
    output.line("nothing has changed");
}
