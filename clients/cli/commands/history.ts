// portlease history: who had which port when, as far back as the broker knows.

import type { Command } from "commander";
import {
  AdminServiceService,
  type ListLeaseEventsRequest,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { LeaseEvent } from "@portlease/proto/portlease/v1/lease_event.js";
import { pageSizeMax } from "../all-pages.js";
import { withHelp } from "../command-help.js";
import type { BrokerCalls } from "../broker-call.js";
import { usageFailure } from "../cli-failure.js";
import { eventColumns, eventJson, eventRow } from "../event-text.js";
import type { Output } from "../output.js";
import { timePoint } from "../time-point.js";
import { portNumber, wholeNumber } from "../value-parsers.js";
import { show } from "../view/show.js";
import { listView, type View } from "../view/view.js";
import { addViewOptions, type ViewOptions } from "../view/view-options.js";

interface HistoryOptions extends ViewOptions {
  readonly port?: number;
  readonly service?: string;
  readonly lease?: string;
  readonly at?: Date;
  readonly since?: Date;
  readonly until?: Date;
  readonly limit: number;
}

export function addHistory(program: Command, output: Output): void {
  const command = program
    .command("history")
    .description("show who had which port when, oldest first")
    .option("--port <port>", "only of this port", portNumber)
    .option("--service <service>", "only of this service")
    .option("--lease <id>", "only of this lease")
    .option(
      "--at <time>",
      "who had --port then: 03:12, 2026-11-25T03:12:00Z, or 2h for ago",
      timePoint,
    )
    .option("--since <time>", "only from then on", timePoint)
    .option("--until <time>", "only before then", timePoint)
    .option("--limit <n>", "at most so many events", wholeNumber(1, 1_000_000), 1_000_000);
  withHelp(addViewOptions(command), {
    role: "viewer",
    examples: [
      ["history --port 20417 --at 03:12", "who had the port then"],
      ["history --service orders --since 2h", "what became of its leases"],
    ],
  }).action((options: HistoryOptions) => {
    checkOptions(options);
    return show(options, output, (broker) => viewOf(broker, options));
  });
}

async function viewOf(broker: BrokerCalls, options: HistoryOptions): Promise<View> {
  const { events, knownSince } = await fetchAll(broker, options);
  return listView({
    rows: events.map(eventRow),
    columns: eventColumns,
    name: ([, , , , , , leaseId = ""]) => leaseId,
    document: () => ({
      events: events.map(eventJson),
      knownSince: knownSince?.toISOString() ?? null,
    }),
    empty: nothingFound(options, knownSince),
    notes: knownSince === null ? [] : [`nothing is known before ${knownSince.toISOString()}`],
  });
}

function checkOptions({ port, service, lease, at, since, until }: HistoryOptions): void {
  if (at === undefined) return;
  if (port === undefined) throw usageFailure("--at asks who had one port: name it with --port");
  if ([service, lease, since, until].some((value) => value !== undefined)) {
    throw usageFailure("--at goes with --port alone, without --service, --lease, --since, --until");
  }
}

/** Before history begins, nobody can say that there was nobody. */
function nothingFound({ at, port }: HistoryOptions, knownSince: Date | null): string {
  if (at === undefined) return "no events";
  if (knownSince !== null && at < knownSince) {
    return `not known: history does not reach back to ${at.toISOString()}`;
  }
  return `nobody had a lease of port ${port} at ${at.toISOString()}`;
}

interface Found {
  readonly events: readonly LeaseEvent[];
  readonly knownSince: Date | null;
}

async function fetchAll(broker: BrokerCalls, options: HistoryOptions): Promise<Found> {
  const { port = 0, service = "", lease = "", at, since, until, limit } = options;
  const events: LeaseEvent[] = [];
  let pageToken = "";
  for (;;) {
    const request: ListLeaseEventsRequest = {
      pageSize: Math.min(pageSizeMax, limit - events.length),
      pageToken,
      port,
      service,
      leaseId: lease,
      fromTime: since,
      toTime: until,
      atTime: at,
    };
    const page = await broker.call(AdminServiceService.listLeaseEvents, request);
    events.push(...page.events);
    pageToken = page.nextPageToken;
    if (pageToken === "" || events.length >= limit) {
      return { events: events.slice(0, limit), knownSince: page.knownSince ?? null };
    }
  }
}
