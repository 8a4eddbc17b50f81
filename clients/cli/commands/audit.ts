// portlease audit: compares leases and sockets now. Exits with 8 when they do not agree, so that a monitor needs no parser.

import type { Command } from "commander";
import {
  type AuditFinding,
  AdminServiceService,
  type AuditPortsResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { Binding, Protocol } from "@portlease/proto/portlease/v1/common.js";
import { withBroker } from "../broker-call.js";
import { addBrokerOptions, type BrokerOptions } from "../broker-options.js";
import { exitCodes, type ExitCode } from "../exit-codes.js";
import { word } from "../lease-text.js";
import type { Output } from "../output.js";
import { enumName } from "../proto-json.js";
import { formatTable } from "../table.js";

/** On top of --timeout: the broker may have to walk all processes of a busy host. */
const lookMs = 15_000;

interface AuditOptions extends BrokerOptions {
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
  command.addHelpText("after", "\nExits with 0 when they agree, with 8 when there are findings.");
  addBrokerOptions(command).action(async (options: AuditOptions) => {
    const answer = await withBroker(options, (broker) =>
      broker.call(AdminServiceService.auditPorts, { pool: options.pool ?? "" }, lookMs),
    );
    if (options.json) output.json(toJson(answer));
    else output.line(toText(answer));
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

const headings = ["PORT", "PROTOCOL", "SEEN", "LEASE", "PROCESS", "WHAT IT MEANS"];

function toText({ findings, leasedPorts, boundPorts }: AuditPortsResponse): string {
  const found = findings.length === 0 ? "nothing found" : `${findings.length} findings`;
  const sum = `${leasedPorts} leased ports, ${boundPorts} of them bound; ${found}`;
  return findings.length === 0 ? sum : `${formatTable(headings, findings.map(row))}\n\n${sum}`;
}

function row(finding: AuditFinding): readonly string[] {
  const { port, protocol, binding, leaseId, processId, processName, message } = finding;
  return [
    String(port),
    word(Protocol, "PROTOCOL_", protocol),
    binding === Binding.BINDING_UNSPECIFIED ? "-" : word(Binding, "BINDING_", binding),
    leaseId === "" ? "-" : leaseId,
    processId === 0 ? "-" : `${processId} ${processName}`.trimEnd(),
    message,
  ];
}
