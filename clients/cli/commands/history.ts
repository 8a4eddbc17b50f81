// portlease history: who had which port when, as far back as the broker knows.

import type { Command } from "commander";
import {
  AdminServiceService,
  type ListLeaseEventsRequest,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { LeaseEvent } from "@portlease/proto/portlease/v1/lease_event.js";
import { withBroker } from "../broker-call.js";
import { addBrokerOptions, type BrokerOptions } from "../broker-options.js";
import { usageFailure } from "../cli-failure.js";
import { eventHeadings, eventJson, eventRow } from "../event-text.js";
import type { Output } from "../output.js";
import { formatTable } from "../table.js";
import { timePoint } from "../time-point.js";
import { portNumber, wholeNumber } from "../value-parsers.js";

/** The largest page the broker gives. */
const pageSize = 1_000;

interface HistoryOptions extends BrokerOptions {
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
  addBrokerOptions(command).action((options: HistoryOptions) => history(options, output));
}

async function history(options: HistoryOptions, output: Output): Promise<void> {
  checkOptions(options);
  const { events, knownSince } = await fetchAll(options);
  if (options.json === true) {
    output.json({ events: events.map(eventJson), knownSince: knownSince?.toISOString() ?? null });
    return;
  }
  if (events.length > 0) output.line(formatTable(eventHeadings, events.map(eventRow)));
  else output.line(nothingFound(options, knownSince));
  if (knownSince !== null) output.note(`nothing is known before ${knownSince.toISOString()}`);
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

async function fetchAll(options: HistoryOptions): Promise<Found> {
  const { port = 0, service = "", lease = "", at, since, until, limit } = options;
  return withBroker(options, async (broker) => {
    const events: LeaseEvent[] = [];
    let pageToken = "";
    for (;;) {
      const request: ListLeaseEventsRequest = {
        pageSize: Math.min(pageSize, limit - events.length),
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
  });
}
