// portlease audit: compares leases and sockets now. Exits with 8 when they do not agree, so that a monitor needs no parser.

import type { Command } from "commander";
import {
  type AuditFinding,
  AdminServiceService,
  type AuditPortsResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { Binding, Protocol } from "@portlease/proto/portlease/v1/common.js";
import { withBroker } from "../broker-call.js";
import { withHelp } from "../command-help.js";
import { exitCodes, type ExitCode } from "../exit-codes.js";
import { word } from "../lease-text.js";
import type { Output } from "../output.js";
import { enumName } from "../proto-json.js";
import type { Column } from "../table.js";
import { bindingTones } from "../terminal/tones.js";
import { tell } from "../view/show.js";
import { listView, type View } from "../view/view.js";
import { addViewOptions, type ViewOptions } from "../view/view-options.js";

/** On top of --timeout: the broker may have to walk all processes of a busy host. */
const lookMs = 15_000;

interface AuditOptions extends ViewOptions {
  readonly pool?: string;
}

export function addAudit(
  program: Command,
  output: Output,
  setExitCode: (code: ExitCode) => void,
): void {
  const command = program
    .command("audit")
    .description("compare the leases with the sockets of the host, now")
    .option("--pool <pool>", "only this pool (default: all)");
  withHelp(addViewOptions(command), {
    role: "viewer",
    examples: [
      ["audit", "who is bound without a lease, and who is not bound with one"],
      ["audit --no-header -o name", "only the ports"],
    ],
    exits: [exitCodes.notFound, exitCodes.findings],
    more: "Exits with 0 when they agree, with 8 when there are findings.",
  }).action(async (options: AuditOptions) => {
    const answer = await withBroker(options, (broker) =>
      broker.call(AdminServiceService.auditPorts, { pool: options.pool ?? "" }, lookMs),
    );
    await tell(viewOf(answer), options, output);
    setExitCode(answer.findings.length === 0 ? exitCodes.ok : exitCodes.findings);
  });
}

function toJson({ findings, leasedPorts, boundPorts }: AuditPortsResponse): object {
  return {
    findings: findings.map((finding) => ({
      ...finding,
      protocol: enumName(Protocol, finding.protocol),
      binding: enumName(Binding, finding.binding),
    })),
    leasedPorts,
    boundPorts,
  };
}

const columns: readonly Column<AuditFinding>[] = [
  { heading: "PORT", text: ({ port }) => String(port) },
  { heading: "PROTOCOL", text: ({ protocol }) => word(Protocol, "PROTOCOL_", protocol) },
  {
    heading: "SEEN",
    text: ({ binding }) =>
      binding === Binding.BINDING_UNSPECIFIED ? "-" : word(Binding, "BINDING_", binding),
    tone: ({ binding }) => bindingTones[binding],
  },
  { heading: "LEASE", text: ({ leaseId }) => leaseId || "-" },
  {
    heading: "PROCESS",
    text: ({ processId, processName }) =>
      processId === 0 ? "-" : `${processId} ${processName}`.trimEnd(),
  },
  { heading: "WHAT IT MEANS", text: ({ message }) => message },
];

function viewOf(answer: AuditPortsResponse): View {
  const { findings, leasedPorts, boundPorts } = answer;
  const found = findings.length === 0 ? "nothing found" : counted(findings.length, "finding");
  const sum = `${counted(leasedPorts, "leased port")}, ${boundPorts} of them bound; ${found}`;
  const view = listView({
    rows: findings,
    columns,
    name: ({ port }) => String(port),
    document: () => toJson(answer),
    empty: sum,
    below: findings.length === 0 ? [] : [sum],
  });
  // What it means is the point of it, and never cut.
  return { ...view, lines: (form) => view.lines({ ...form, columns: null }) };
}

function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}
