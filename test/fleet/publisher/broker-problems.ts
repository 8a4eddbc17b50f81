// What a broker says is wrong with it, asked for until it is so.

import { GetBrokerRequest, type Problem } from "@portlease/proto/portlease/v1/admin_service.js";
import { eventually } from "../../support/eventually.js";
import { type LeaseCaller, unary } from "../../support/lease-caller.js";

/** Resolves when GetBroker has a problem of that reason. */
export function untilProblem(caller: LeaseCaller, reason: string): Promise<Problem> {
  return eventually(reason, async () => {
    const problems = await problemsOf(caller);
    return problems.find((problem) => problem.reason === reason) ?? null;
  });
}

/** Resolves when it has none. */
export async function untilNoProblem(caller: LeaseCaller, reason: string): Promise<void> {
  await eventually(`no ${reason}`, async () => {
    const problems = await problemsOf(caller);
    return problems.every((problem) => problem.reason !== reason);
  });
}

async function problemsOf({ adminClient }: LeaseCaller): Promise<readonly Problem[]> {
  const getBroker = adminClient.getBroker.bind(adminClient);
  return (await unary(getBroker, GetBrokerRequest.create())).problems;
}
