// portlease revoke: takes leases back from their holders, by their ids or by a filter.

import type { Command } from "commander";
import { AdminServiceService } from "@portlease/proto/portlease/v1/admin_service.js";
import type { Lease } from "@portlease/proto/portlease/v1/lease.js";
import { type BrokerCalls, withBroker } from "../broker-call.js";
import { addBrokerOptions, type BrokerOptions } from "../broker-options.js";
import { type CliFailure, toFailure, usageFailure } from "../cli-failure.js";
import { withHelp } from "../command-help.js";
import { confirm } from "../confirm.js";
import { type ExitCode, exitCodes } from "../exit-codes.js";
import { leaseColumns, portsText } from "../lease-text.js";
import { listLeases } from "../list-leases.js";
import type { Output } from "../output.js";
import { leaseJson } from "../proto-json.js";
import { plainTable, tableLines } from "../table.js";

/** More at once is no clean-up but a broker to be stopped. */
const leasesMax = 100_000;

interface RevokeOptions extends BrokerOptions {
  readonly filter?: string;
  readonly reason?: string;
  readonly allowMissing?: boolean;
  readonly yes?: boolean;
}

interface Revoked {
  readonly leases: readonly Lease[];
  readonly failures: readonly { readonly leaseId: string; readonly failure: CliFailure }[];
}

export function addRevoke(
  program: Command,
  output: Output,
  setExitCode: (code: ExitCode) => void,
): void {
  const command = program
    .command("revoke")
    .description("take leases back from their holders")
    .argument("[leases...]", "the ids of the leases")
    .option("--filter <filter>", "those of this filter instead, such as 'service = \"orders\"'")
    .option("--reason <text>", "why, for the holder and the history; at most 256 characters")
    .option("--allow-missing", "succeed also when a lease is unknown or has ended")
    .option("--yes", "do not ask before those of a filter are revoked");
  withHelp(addBrokerOptions(command), {
    role: "admin",
    examples: [
      ["revoke 01JH9ZC2 --reason 'host is drained'", "one lease"],
      ["revoke --filter 'service = \"orders\"'", "shows which, and asks"],
      ["revoke --filter 'pool = \"web\"' --yes", "in a script"],
    ],
    exits: [exitCodes.notFound, exitCodes.refused],
    more: "The others are revoked too when one cannot be; the exit code is that of the first failure.",
  }).action(async (leaseIds: readonly string[], options: RevokeOptions) => {
    checkOptions(leaseIds, options);
    const ids = leaseIds.length > 0 ? leaseIds : await chosen(options, output);
    const done = await withBroker(
      options,
      (broker) => revokeAll(broker, ids, options),
      `${ids.length} leases to be revoked`,
    );
    setExitCode(tellRevoked(done, options, output));
  });
}

function checkOptions(leaseIds: readonly string[], { filter }: RevokeOptions): void {
  if ((filter === undefined) === (leaseIds.length === 0)) {
    throw usageFailure(
      'name the leases to revoke, or give --filter; see "portlease revoke --help"',
    );
  }
  // Without criteria a filter takes everything: somebody's variable was empty.
  if (filter !== undefined && filter.trim() === "") {
    throw usageFailure("--filter is empty, which means every lease; say which");
  }
}

/** The leases of the filter, when somebody has said yes to them. */
async function chosen(options: RevokeOptions, output: Output): Promise<readonly string[]> {
  const { filter = "" } = options;
  const { leases } = await withBroker(options, (broker) =>
    listLeases(broker, { filter, limit: leasesMax }),
  );
  if (options.yes !== true && leases.length > 0) {
    const form = { ...plainTable, ...output.display() };
    output.note(`this takes back ${countText(leases.length)}:`);
    for (const line of tableLines(leaseColumns, leases, form)) output.note(`  ${line}`);
    await confirm(`revoke ${countText(leases.length)}`);
  }
  return leases.map(({ leaseId }) => leaseId);
}

/** One after the other: the broker limits the calls of a connection, and nobody waits for these. */
async function revokeAll(
  broker: BrokerCalls,
  leaseIds: readonly string[],
  { reason = "", filter, allowMissing = filter !== undefined }: RevokeOptions,
): Promise<Revoked> {
  const leases: Lease[] = [];
  const failures: { leaseId: string; failure: CliFailure }[] = [];
  for (const leaseId of leaseIds) {
    try {
      const request = { leaseId, reason, allowMissing };
      const { lease } = await broker.call(AdminServiceService.revokeLease, request);
      if (lease !== undefined) leases.push(lease);
    } catch (error) {
      const failure = toFailure(error);
      // The next ones would fail in the same way.
      const hopeless: readonly ExitCode[] = [
        exitCodes.unreachable,
        exitCodes.denied,
        exitCodes.usage,
        exitCodes.failure,
      ];
      if (hopeless.includes(failure.exitCode)) throw failure;
      failures.push({ leaseId, failure });
    }
  }
  return { leases, failures };
}

function tellRevoked(
  { leases, failures }: Revoked,
  { json }: BrokerOptions,
  output: Output,
): ExitCode {
  if (json) {
    output.json({
      leases: leases.map(leaseJson),
      failures: failures.map(({ leaseId, failure: { code, reason, message } }) => ({
        leaseId,
        error: { code, reason, message },
      })),
    });
  } else {
    for (const lease of leases) {
      output.line(
        `revoked ${lease.leaseId} (${portsText(lease)}, ${lease.holder?.service || "unnamed"})`,
      );
    }
    if (leases.length + failures.length === 0) output.line("no lease was revoked");
  }
  for (const { failure } of failures) output.note(`${failure.message} [${failure.reason}]`);
  return failures[0]?.failure.exitCode ?? exitCodes.ok;
}

function countText(count: number): string {
  return count === 1 ? "1 lease" : `${count} leases`;
}
