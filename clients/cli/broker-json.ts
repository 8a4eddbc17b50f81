// The broker and its problems as --json prints them; see proto-json.ts for the rules.

import {
  type GetBrokerResponse,
  type Problem,
  Problem_Severity,
  ServingState,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { ReservationKind } from "@portlease/proto/portlease/v1/common.js";
import { durationJson, enumName } from "./proto-json.js";

export function brokerJson(broker: GetBrokerResponse): Record<string, unknown> {
  return {
    version: broker.version,
    host: broker.host,
    platform: broker.platform,
    elevated: broker.elevated,
    autoKind: enumName(ReservationKind, broker.autoKind),
    autoKindReason: broker.autoKindReason,
    processId: broker.processId,
    startTime: broker.startTime?.toISOString() ?? null,
    uptime: durationJson(broker.uptime),
    revision: broker.revision.toString(),
    activeLeases: broker.activeLeases,
    usage: broker.usage ?? null,
    servingState: enumName(ServingState, broker.servingState),
    servingDetail: broker.servingDetail,
    limits: broker.limits ?? null,
    dataDirectory: broker.dataDirectory,
    addresses: broker.addresses,
    dashboardUrl: broker.dashboardUrl,
    waitingRequests: broker.waitingRequests,
    problems: broker.problems.map(problemJson),
  };
}

function problemJson(problem: Problem): Record<string, unknown> {
  return { ...problem, severity: enumName(Problem_Severity, problem.severity) };
}
