// portlease quota: how many ports each service may lease, and changes of that.

import { type Command, InvalidArgumentError } from "commander";
import {
  AdminServiceService,
  type Quota,
  SettingSource,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { allPages, pageSizeMax } from "../all-pages.js";
import { type BrokerCalls, withBroker } from "../broker-call.js";
import { addBrokerOptions, type BrokerOptions } from "../broker-options.js";
import { withHelp } from "../command-help.js";
import { exitCodes } from "../exit-codes.js";
import type { Output } from "../output.js";
import { enumName } from "../proto-json.js";
import { sourceText } from "../setting-source.js";
import type { Column } from "../table.js";
import { wholeNumber } from "../value-parsers.js";
import { showOrWatch } from "../view/show.js";
import { listView, type View } from "../view/view.js";
import { addWatchableOptions, type WatchableOptions } from "../view/view-options.js";

interface SetOptions extends BrokerOptions {
  readonly pool?: string;
}

/** What "none" is read as. */
type PortsMax = number | "none";

const serviceHelp = "the service; '*' for each that has no quota of its own";

export function addQuota(program: Command, output: Output): void {
  const quota = program
    .command("quota")
    .description("show and change how many ports services may lease");
  const ls = quota.command("ls", { isDefault: true }).description("list the quotas and their use");
  withHelp(addWatchableOptions(ls), {
    role: "viewer",
    examples: [["quota", "who may have how many ports, and has"]],
  }).action((options: WatchableOptions) => showOrWatch(options, output, viewOf));
  addSet(quota, output);
  addReset(quota, output);
}

function addSet(quota: Command, output: Output): void {
  const command = quota
    .command("set")
    .description("limit how many ports a service may lease; it lasts until reset")
    .argument("<service>", serviceHelp)
    .argument("<ports>", 'how many at most; "none" for no limit', portsMax)
    .option("--pool <pool>", "the pool (default: default)");
  withHelp(addBrokerOptions(command), {
    role: "admin",
    examples: [
      ["quota set orders 20", "orders may have 20 ports of the pool default"],
      ["quota set '*' 5 --pool web", "every other service 5 ports of the pool web"],
      ["quota set orders none", "no limit, whatever the configuration says"],
    ],
    exits: [exitCodes.notFound, exitCodes.refused],
    more: "The quota is on disk when the command ends. A service that has more ports keeps them.",
  }).action((service: string, ports: PortsMax, options: SetOptions) =>
    change(service, ports === "none" ? {} : { maxPorts: ports }, options, output),
  );
}

function addReset(quota: Command, output: Output): void {
  const command = quota
    .command("reset")
    .description("forget what operators said of a quota, so that the configuration counts again")
    .argument("<service>", serviceHelp)
    .option("--pool <pool>", "the pool (default: default)");
  withHelp(addBrokerOptions(command), {
    role: "admin",
    examples: [["quota reset orders", "go back to the configuration"]],
    exits: [exitCodes.notFound, exitCodes.refused],
  }).action((service: string, options: SetOptions) =>
    change(service, { reset: true }, options, output),
  );
}

const columns: readonly Column<Quota>[] = [
  { heading: "SERVICE", text: ({ service }) => service, cut: 0 },
  { heading: "POOL", text: ({ pool }) => pool },
  { heading: "PORTS AT MOST", text: ({ maxPorts }) => maxText(maxPorts), align: "right" },
  {
    heading: "HAS",
    text: ({ usedPorts }) => String(usedPorts),
    tone: ({ usedPorts, maxPorts }) =>
      maxPorts !== undefined && usedPorts >= maxPorts ? "warning" : "well",
    align: "right",
  },
  { heading: "SET BY", text: ({ source }) => sourceText(source) },
];

async function viewOf(broker: BrokerCalls): Promise<View> {
  const quotas = await allPages(
    (pageToken) =>
      broker.call(AdminServiceService.listQuotas, { pageSize: pageSizeMax, pageToken }),
    (page) => page.quotas,
  );
  return listView({
    rows: quotas,
    columns,
    name: ({ service }) => service,
    document: () => ({ quotas: quotas.map(quotaJson) }),
    empty: "no quotas: every service may have any number of ports",
  });
}

async function change(
  service: string,
  { maxPorts, reset = false }: { readonly maxPorts?: number; readonly reset?: boolean },
  options: SetOptions,
  output: Output,
): Promise<void> {
  const { pool = "" } = options;
  const { quota } = await withBroker(options, (broker) =>
    broker.call(AdminServiceService.setQuota, { pool, service, maxPorts, reset }),
  );
  if (options.json) return output.json({ quota: quota === undefined ? null : quotaJson(quota) });
  const may = quota?.maxPorts === undefined ? "any number of ports" : `${quota.maxPorts} ports`;
  const who = service === "*" ? "each other service" : service;
  output.line(`${who} may have ${may} of the pool ${quota?.pool ?? (pool || "default")}`);
}

function quotaJson(quota: Quota): Record<string, unknown> {
  const { pool, service, maxPorts = null, usedPorts, source } = quota;
  return { pool, service, maxPorts, usedPorts, source: enumName(SettingSource, source) };
}

function maxText(maxPorts: number | undefined): string {
  return maxPorts === undefined ? "no limit" : String(maxPorts);
}

function portsMax(text: string): PortsMax {
  if (text === "none") return text;
  try {
    return wholeNumber(0, 65_535)(text);
  } catch {
    throw new InvalidArgumentError('It must be a whole number from 0 to 65535, or "none".');
  }
}
