// portlease pins, pin, unpin: which ports are kept for which services.

import type { Command } from "commander";
import {
  AdminServiceService,
  type Pin,
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
import { portNumber } from "../value-parsers.js";
import { show } from "../view/show.js";
import { listView, type View } from "../view/view.js";
import { addViewOptions, type ViewOptions } from "../view/view-options.js";

interface PinsOptions extends ViewOptions {
  readonly pool?: string;
}

interface PinOptions extends BrokerOptions {
  readonly service: string;
  readonly instance?: string;
  readonly pool?: string;
}

interface UnpinOptions extends BrokerOptions {
  readonly pool?: string;
  readonly reset?: boolean;
}

export function addPins(program: Command, output: Output): void {
  const command = program
    .command("pins")
    .description("list the ports that are kept for services")
    .option("--pool <pool>", "only those of this pool");
  withHelp(addViewOptions(command), {
    role: "viewer",
    examples: [["pins", "whose ports they are, and who said so"]],
    exits: [exitCodes.notFound],
  }).action((options: PinsOptions) =>
    show(options, output, (broker) => viewOf(broker, options.pool ?? "")),
  );
  addPin(program, output);
  addUnpin(program, output);
}

function addPin(program: Command, output: Output): void {
  const command = program
    .command("pin")
    .description("keep a port for one service, so that nobody else is given it")
    .argument("<port>", "the port", portNumber)
    .requiredOption("--service <name>", "the service that may have it")
    .option("--instance <name>", "only this instance of the service")
    .option("--pool <pool>", "the pool (default: default)");
  withHelp(addBrokerOptions(command), {
    role: "admin",
    examples: [["pin 20417 --service orders", "nobody else is given 20417 from now on"]],
    exits: [exitCodes.notFound, exitCodes.refused],
    more: "The pin is on disk when the command ends, and lasts until unpin. A pin of the configuration for the port counts no more then.",
  }).action((port: number, options: PinOptions) => pin(port, options, output));
}

function addUnpin(program: Command, output: Output): void {
  const command = program
    .command("unpin")
    .description("end the pins of a port, also those of the configuration")
    .argument("<port>", "the port", portNumber)
    .option("--pool <pool>", "the pool (default: default)")
    .option(
      "--reset",
      "instead forget what operators said of it, so that the configuration counts",
    );
  withHelp(addBrokerOptions(command), {
    role: "admin",
    examples: [
      ["unpin 20417", "anybody may be given it"],
      ["unpin 20417 --reset", "as the configuration has it"],
    ],
    exits: [exitCodes.notFound, exitCodes.refused],
  }).action((port: number, options: UnpinOptions) => unpin(port, options, output));
}

const columns: readonly Column<Pin>[] = [
  { heading: "PORT", text: ({ port }) => String(port) },
  { heading: "SERVICE", text: ({ service }) => service, cut: 1 },
  { heading: "INSTANCE", text: ({ instance }) => instance || "any", cut: 0 },
  { heading: "POOL", text: ({ pool }) => pool },
  { heading: "SET BY", text: ({ source }) => sourceText(source) },
];

async function viewOf(broker: BrokerCalls, pool: string): Promise<View> {
  const pins = await allPages(
    (pageToken) =>
      broker.call(AdminServiceService.listPins, { pageSize: pageSizeMax, pageToken, pool }),
    (page) => page.pins,
  );
  return listView({
    rows: pins,
    columns,
    name: ({ port }) => String(port),
    document: () => ({
      pins: pins.map((each) => ({ ...each, source: enumName(SettingSource, each.source) })),
    }),
    empty: "no pins",
  });
}

async function pin(port: number, options: PinOptions, output: Output): Promise<void> {
  const { service, instance = "", pool = "" } = options;
  const { leasedToAnother } = await withBroker(options, (broker) =>
    broker.call(AdminServiceService.pinPort, { port, pool, service, instance }),
  );
  if (options.json) return output.json({ leasedToAnother });
  output.line(`port ${port} is kept for ${service}${instance === "" ? "" : `/${instance}`}`);
  if (leasedToAnother) {
    output.note(`another service has a lease of ${port} now; the pin counts when that lease ends`);
  }
}

async function unpin(port: number, options: UnpinOptions, output: Output): Promise<void> {
  const { pool = "", reset = false } = options;
  await withBroker(options, (broker) =>
    broker.call(AdminServiceService.unpinPort, { port, pool, reset }),
  );
  if (options.json) return output.json({});
  const now = reset ? "is kept as the configuration says" : "is kept for nobody any more";
  output.line(`port ${port} ${now}`);
}
