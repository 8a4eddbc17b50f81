// portlease watch: prints the leases and then every change of them, a line each, until it is interrupted. Connects again by
// itself and goes on where it was.

import type { Command } from "commander";
import type { WatchLeasesResponse } from "@portlease/proto/portlease/v1/lease_service.js";
import { printable } from "../../../src/server/printable.js";
import { withHelp } from "../command-help.js";
import { addBrokerOptions } from "../broker-options.js";
import { activeRow, eventJson, eventRow } from "../event-text.js";
import { followLeases, type FollowOptions } from "../follow-leases.js";
import type { Output } from "../output.js";
import { leaseJson } from "../proto-json.js";
import { wholeNumber } from "../value-parsers.js";

/** Lines come one by one, so the columns have fixed widths. */
const widths = [24, 18, 11, 11, 16, 10, 20, 0];

export function addWatch(program: Command, output: Output): void {
  const command = program
    .command("watch")
    .description("show the leases and every change of them, until interrupted")
    .option("--filter <filter>", "only these, such as 'service = \"orders\"'")
    .option(
      "--from-revision <n>",
      "only changes, from this revision on (default: the leases first)",
      wholeNumber(1, Number.MAX_SAFE_INTEGER),
    );
  withHelp(addBrokerOptions(command), {
    role: "holder or viewer",
    examples: [
      ["watch", "the leases, then each change of them"],
      ["watch --filter 'pool = \"web\"' --json", "for programs, a document on each line"],
    ],
    more: "It follows the broker's own stream, and connects again by itself.",
  }).action((options: FollowOptions) => watch(options, output));
}

function watch(options: FollowOptions, output: Output): Promise<never> {
  const tell = options.json === true ? tellJson : tellText;
  return followLeases(options, {
    message: (message) => tell(message, output),
    interrupted: (failure) =>
      output.note(`the watch ended and is opened again${failure ? `: ${failure.message}` : ""}`),
    lost: (failure) =>
      output.note(`${failure.message}; changes were missed, the leases as they are now follow`),
  });
}

type Message = NonNullable<WatchLeasesResponse["message"]>;

function tellText(message: Message, output: Output): void {
  if (message.$case === "snapshot") {
    for (const lease of message.value.leases) output.line(lineOf(activeRow(lease)));
  } else if (message.$case === "event") {
    output.line(lineOf(eventRow(message.value)));
  }
}

/** The messages of the API, one on a line; bookmarks are nobody's business. */
function tellJson(message: Message, output: Output): void {
  if (message.$case === "snapshot") {
    const { leases, complete, revision } = message.value;
    const snapshot = { leases: leases.map(leaseJson), complete, revision: revision.toString() };
    output.compactJson({ snapshot });
  } else if (message.$case === "event") {
    output.compactJson({ event: eventJson(message.value) });
  }
}

function lineOf(cells: readonly string[]): string {
  return cells
    .map((cell, column) => printable(cell).padEnd(widths[column] ?? 0))
    .join("  ")
    .trimEnd();
}
