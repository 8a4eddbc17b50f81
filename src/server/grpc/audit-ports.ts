// The handler of AuditPorts: asks the core for a round, converts, answers.

import type {
  AuditPortsRequest,
  AuditPortsResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { AuditFinding } from "../domain/audit-report.js";
import type { Broker } from "../domain/broker.js";
import { poolNotFound } from "../domain/refusals.js";
import { wireBinding, wireProtocol } from "./convert.js";

export async function auditPorts(
  broker: Broker,
  { pool }: AuditPortsRequest,
): Promise<AuditPortsResponse> {
  const names = broker.pools.map(({ policy }) => policy.name);
  if (pool !== "" && !names.includes(pool)) throw poolNotFound(pool, names);
  const wanted = pool === "" ? null : pool;
  const report = await broker.audit();
  return {
    findings: report.findings(wanted).map(toWireFinding),
    ...report.counts(wanted),
  };
}

function toWireFinding(finding: AuditFinding): AuditPortsResponse["findings"][number] {
  const { port, protocol, binding, leaseId, processId, processName, message } = finding;
  return {
    port,
    protocol: wireProtocol[protocol],
    binding: wireBinding[binding],
    leaseId: leaseId ?? "",
    processId,
    processName,
    message,
  };
}
