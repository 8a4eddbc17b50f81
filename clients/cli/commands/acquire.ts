// portlease acquire: leases ports and prints them with the holder key. The lease lives by its TTL; nobody renews it here.

import { Option, type Command } from "commander";
import { Protocol } from "@portlease/proto/portlease/v1/common.js";
import {
  AcquireLeaseRequest,
  AcquireLeaseRequest_PortPreference as PortPreference,
  type AcquireLeaseResponse,
  LeaseServiceService,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { usageFailure } from "../cli-failure.js";
import { withBroker } from "../broker-call.js";
import { withHelp } from "../command-help.js";
import { exitCodes } from "../exit-codes.js";
import { addBrokerOptions, type BrokerOptions } from "../broker-options.js";
import { leasePairs, portsText, reservationPairs } from "../lease-text.js";
import type { Output } from "../output.js";
import { durationJson, leaseJson, protoDuration, reservationJson } from "../proto-json.js";
import { formatPairs } from "../table.js";
import { duration, label, portNumber, positiveDuration, wholeNumber } from "../value-parsers.js";

interface AcquireOptions extends BrokerOptions {
  readonly service?: string;
  readonly instance?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly pool?: string;
  readonly protocol: keyof typeof protocols;
  readonly count: number;
  readonly port?: number;
  readonly must?: boolean;
  readonly ttl?: number;
  readonly bindWithin?: number;
  readonly maxWait?: number;
  readonly requestId?: string;
  readonly pid?: number;
  readonly validateOnly?: boolean;
}

const protocols = {
  tcp: Protocol.PROTOCOL_TCP,
  udp: Protocol.PROTOCOL_UDP,
  "tcp-and-udp": Protocol.PROTOCOL_TCP_AND_UDP,
} as const;

export function addAcquire(program: Command, output: Output): void {
  const command = program
    .command("acquire")
    .description("lease a port and print it with its holder key")
    .option("--service <name>", "which service it is for")
    .option("--instance <name>", "which instance of the service")
    .option("--label <key=value>", "a label of the holder; may be repeated", label)
    .option("--pool <name>", "the pool (default: default)")
    .addOption(
      new Option("--protocol <protocol>", "transport protocol, or one number in both")
        .choices(Object.keys(protocols))
        .default("tcp"),
    )
    .option("--count <n>", "how many consecutive ports", wholeNumber(1, 65_535), 1)
    .option("--port <n>", "the first port wanted", portNumber)
    .option("--must", "with --port: fail when it cannot be had, instead of leasing another")
    .option("--ttl <time>", "time to live, such as 30s (default: the pool's)", positiveDuration)
    .option(
      "--bind-within <time>",
      "take it back when nobody binds it in this time",
      positiveDuration,
    )
    .option("--max-wait <time>", "wait in line this long while the pool is full", duration)
    .option("--request-id <id>", "makes the call safe to repeat")
    .option("--pid <n>", "the process that will hold the port", wholeNumber(1, 4_294_967_295))
    .option("--validate-only", "check and show, lease nothing");
  withHelp(addBrokerOptions(command), {
    role: "holder",
    examples: [
      ["acquire --service orders", "a port for 30 seconds, or what the pool says"],
      ["acquire --service orders --ttl 10m --max-wait 1m", "wait in line while the pool is full"],
      ["acquire --count 4 --port 20100 --must", "these four ports, or none"],
      ["acquire --json", "for scripts; .holderKey is a secret"],
    ],
    exits: [exitCodes.notFound, exitCodes.refused],
  }).action((options: AcquireOptions) => acquire(options, output));
}

async function acquire(options: AcquireOptions, output: Output): Promise<void> {
  if (options.must === true && options.port === undefined) {
    throw usageFailure("--must does not say which port: add --port, or leave it out");
  }
  const line = `a port of the pool ${options.pool ?? "default"} to become free`;
  const answer = await withBroker(
    options,
    (broker) => broker.call(LeaseServiceService.acquireLease, requestOf(options), options.maxWait),
    (options.maxWait ?? 0) > 0 ? line : undefined,
  );
  if (options.json) output.json(answerJson(answer));
  else tellAnswer(answer, output);
}

function requestOf(options: AcquireOptions): AcquireLeaseRequest {
  const time = (ms: number | undefined) => (ms === undefined ? undefined : protoDuration(ms));
  const process = options.pid === undefined ? undefined : { processId: options.pid };
  return AcquireLeaseRequest.fromPartial({
    pool: options.pool ?? "",
    protocol: protocols[options.protocol],
    portCount: options.count,
    preferredPort: options.port ?? 0,
    portPreference: options.must
      ? PortPreference.PORT_PREFERENCE_MUST
      : PortPreference.PORT_PREFERENCE_UNSPECIFIED,
    ttl: time(options.ttl),
    holder: {
      service: options.service ?? "",
      instance: options.instance ?? "",
      labels: options.label ?? {},
      process,
    },
    bindWithin: time(options.bindWithin),
    maxWait: time(options.maxWait),
    requestId: options.requestId ?? "",
    validateOnly: options.validateOnly ?? false,
  });
}

function answerJson(answer: AcquireLeaseResponse): unknown {
  return {
    lease: answer.lease === undefined ? null : leaseJson(answer.lease),
    holderKey: answer.holderKey,
    waitDuration: durationJson(answer.waitDuration),
    reservations: answer.reservations.map(reservationJson),
    warnings: answer.warnings,
  };
}

function tellAnswer(answer: AcquireLeaseResponse, output: Output): void {
  const { lease, holderKey, reservations, warnings } = answer;
  for (const warning of warnings) output.note(`warning: ${warning.message} [${warning.reason}]`);
  if (lease === undefined) return;
  output.line(
    formatPairs([
      ...leasePairs(lease),
      ...reservationPairs(reservations),
      ["holder key", holderKey === "" ? null : `${holderKey}  (SECRET: renew and release need it)`],
    ]),
  );
  if (holderKey === "")
    output.note(`nothing was leased (--validate-only); ${portsText(lease)} would be`);
}
