// portlease fleet find: where a service runs, as "address:port" lines. Made for scripts: nothing found is an exit code of its own.

import { type Command, Option } from "commander";
import { Protocol } from "@portlease/proto/portlease/v1/common.js";
import {
  FleetServiceService,
  type ServiceEndpoint,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import { formatHostPort } from "../../../src/server/config/listen-address.js";
import { printable } from "../../../src/server/printable.js";
import { type BrokerCalls, withBroker } from "../broker-call.js";
import type { BrokerOptions } from "../broker-options.js";
import { CliFailure } from "../cli-failure.js";
import { withHelp } from "../command-help.js";
import { exitCodes } from "../exit-codes.js";
import { endpointJson } from "../fleet-json.js";
import { listUpTo } from "../fleet-lists.js";
import { addFleetCallOptions, ofFleet } from "../fleet-options.js";
import type { Output } from "../output.js";
import { label } from "../value-parsers.js";

const protocols = { tcp: Protocol.PROTOCOL_TCP, udp: Protocol.PROTOCOL_UDP } as const;

interface FindOptions extends BrokerOptions {
  readonly label?: Readonly<Record<string, string>>;
  readonly protocol?: keyof typeof protocols;
  readonly stale?: boolean;
  readonly first?: boolean;
}

export function addFleetFind(fleet: Command, output: Output): void {
  const command = fleet
    .command("find")
    .description("print where a service runs, as address:port lines")
    .argument("<service>", "the service's name, exactly")
    .option("--label <key=value>", "only leases with this label; may be repeated", label)
    .addOption(
      new Option("--protocol <protocol>", "only ports of it").choices(Object.keys(protocols)),
    )
    .option("--stale", "those of hosts that are not heard from, too")
    .option("--first", "only one of them");
  withHelp(addFleetCallOptions(command), {
    role: "viewer",
    examples: [
      ["fleet find orders", "a line for each instance"],
      ["fleet find orders --label zone=a --first", "one of those in the zone"],
      ["fleet find metrics --protocol udp", "only UDP ports"],
    ],
    exits: [exitCodes.notFound],
    more:
      "Exits with 4 when the service runs nowhere, so that a script need not look at what is printed. The lines come by host id and\n" +
      "port, so --first is always the same one: to spread load, choose among all of them.",
  }).action((service: string, options: FindOptions) => find(service, options, output));
}

async function find(service: string, options: FindOptions, output: Output): Promise<void> {
  const endpoints = await withBroker(ofFleet(options), (server) =>
    endpointsOf(server, service, options),
  );
  if (endpoints.length === 0) throw runsNowhere(service, options);
  if (options.json) return output.json({ endpoints: endpoints.map(endpointJson) });
  for (const { address, port } of endpoints) output.line(printable(formatHostPort(address, port)));
}

async function endpointsOf(
  server: BrokerCalls,
  service: string,
  { label: labels = {}, protocol, stale = false, first = false }: FindOptions,
): Promise<readonly ServiceEndpoint[]> {
  const asked = {
    service,
    labels,
    protocol: protocol === undefined ? Protocol.PROTOCOL_UNSPECIFIED : protocols[protocol],
    includeStale: stale,
  };
  const { items } = await listUpTo(
    server,
    FleetServiceService.findService,
    asked,
    (page) => page.endpoints,
    first ? 1 : Number.MAX_SAFE_INTEGER,
  );
  return items;
}

function runsNowhere(service: string, { stale = false }: FindOptions): CliFailure {
  const advice = stale ? "" : "; --stale looks at hosts that are not heard from, too";
  return new CliFailure(
    exitCodes.notFound,
    "NOT_FOUND",
    "SERVICE_NOT_FOUND",
    `no instance of ${service} that fits has a port in the fleet${advice}`,
  );
}
