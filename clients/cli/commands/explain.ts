// portlease explain: says why a port can or cannot be bound. Asks the broker, which knows the leases; without one this process
// looks itself. Exits with 0 whatever the answer is: scripts read "bindable".

import { Option, type Command } from "commander";
import {
  AdminServiceService,
  type ExplainPortResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { Protocol } from "@portlease/proto/portlease/v1/common.js";
import { blockJson } from "../block-json.js";
import { withHelp } from "../command-help.js";
import { withBroker } from "../broker-call.js";
import { addBrokerOptions, addressOf, type BrokerOptions } from "../broker-options.js";
import { toFailure } from "../cli-failure.js";
import { exitCodes } from "../exit-codes.js";
import type { Output } from "../output.js";
import { leaseJson } from "../proto-json.js";
import { formatPairs } from "../table.js";
import { withProgress } from "../terminal/progress.js";
import { portNumber } from "../value-parsers.js";

type ProtocolWord = "tcp" | "udp";

interface ExplainOptions extends BrokerOptions {
  readonly protocol?: ProtocolWord;
}

/** The wire's form, whoever explained; `broker` is the address that answered, `null` for this process's own view. */
interface Explanation {
  readonly answer: Pick<
    ExplainPortResponse,
    "bindable" | "summary" | "findings" | "lease" | "block"
  >;
  readonly broker: string | null;
}

const wireProtocols = { tcp: Protocol.PROTOCOL_TCP, udp: Protocol.PROTOCOL_UDP } as const;

export function addExplain(program: Command, output: Output): void {
  const command = program
    .command("explain")
    .description("say why a port can or cannot be bound, and what to do; any port of this host")
    .argument("<port>", "the port", portNumber)
    .addOption(
      new Option("--protocol <protocol>", "only this one (default: both)").choices(["tcp", "udp"]),
    );
  withHelp(addBrokerOptions(command), {
    role: "viewer",
    examples: [
      ["explain 8080", "why nobody can bind it, and what to do"],
      ["explain 53 --protocol udp --json", 'for programs; "bindable" has the answer'],
    ],
    more: "Exits with 0 whatever the answer is. Without a broker, this process looks itself.",
  }).action((port: number, options: ExplainOptions) => explain(port, options, output));
}

async function explain(port: number, options: ExplainOptions, output: Output): Promise<void> {
  const { answer, broker } = await askBroker(port, options, output);
  if (options.json) output.json(toJson(port, answer, broker));
  else output.line(toText(answer));
}

/** The broker asks the system's own tools, and reads tables that are long on a busy host; that is added to --timeout. */
const lookMs = 15_000;

async function askBroker(
  port: number,
  options: ExplainOptions,
  output: Output,
): Promise<Explanation> {
  const { protocol } = options;
  const wire = protocol === undefined ? Protocol.PROTOCOL_UNSPECIFIED : wireProtocols[protocol];
  const address = addressOf(options);
  try {
    // It was told already which discovery file does not count.
    const answer = await withBroker({ ...options, address }, (broker) =>
      broker.call(AdminServiceService.explainPort, { port, protocol: wire }, lookMs),
    );
    return { answer, broker: address };
  } catch (error) {
    const failure = toFailure(error);
    // A broker that is older than this command cannot explain, either.
    if (failure.exitCode !== exitCodes.unreachable && failure.code !== "UNIMPLEMENTED") throw error;
    const why =
      failure.code === "UNIMPLEMENTED" ? "is too old to explain ports" : "does not answer";
    output.note(
      `the broker at ${address} ${why}; this is what this process sees itself, without leases`,
    );
    const answer = await withProgress("the operating system", () => explainHere(port, protocol));
    return { answer, broker: null };
  }
}

async function explainHere(
  port: number,
  protocol: ProtocolWord | undefined,
): Promise<Explanation["answer"]> {
  // Loaded here: koffi takes its time, and the broker usually answers.
  const [native, { gatherPortFacts }, { explainPort }] = await Promise.all([
    import("@portlease/native"),
    import("../../../src/server/explain/gather-port-facts.js"),
    import("../../../src/server/explain/explain-port.js"),
  ]);
  const sources = {
    hostPorts: native.openHostPorts(),
    unprivilegedPortStart: native.readUnprivilegedPortStart,
  };
  const protocols = protocol === undefined ? (["tcp", "udp"] as const) : [protocol];
  const facts = await Promise.all(
    protocols.map((each) => gatherPortFacts(sources, each, port, null)),
  );
  const { bindable, summary, findings } = explainPort(facts);
  const copies = findings.map((finding) => ({ ...finding }));
  return { bindable, summary, findings: copies, lease: undefined, block: undefined };
}

function toJson(
  port: number,
  { bindable, summary, findings, lease, block }: Explanation["answer"],
  broker: string | null,
): Record<string, unknown> {
  return {
    port,
    bindable,
    summary,
    findings,
    lease: lease === undefined ? null : leaseJson(lease),
    block: block === undefined ? null : blockJson(block),
    broker,
  };
}

function toText({ summary, findings }: Explanation["answer"]): string {
  const details = findings.map(({ reason, message, remedy, blocking }) =>
    formatPairs([
      [blocking ? "prevents" : "note", `${message} [${reason}]`],
      ["to do", remedy === "" ? null : remedy],
    ]),
  );
  return [capital(summary), ...details].join("\n\n");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
