// What happened to a lease, oldest first.

import type { VNode } from "preact";
import type { LeaseEvent } from "../api/messages.js";
import { leaseChange } from "../model/event-text.js";
import { dateTimeText } from "../model/format.js";
import { LevelIcon } from "./icons.js";

export interface LeaseTimelineProps {
  readonly events: readonly LeaseEvent[];
  readonly hasMore: boolean;
  readonly knownSince: string | undefined;
}

export function LeaseTimeline({ events, hasMore, knownSince }: LeaseTimelineProps): VNode {
  return (
    <>
      <ol class="timeline">
        {events.map((event) => (
          <TimelineItem key={event.revision} event={event} />
        ))}
      </ol>
      {events.length === 0 && (
        <p class="quiet hint">
          The history knows nothing of it
          {knownSince === undefined ? "" : ` since ${dateTimeText(knownSince)}`}.
        </p>
      )}
      {hasMore && (
        <p class="quiet hint">
          These are the first {events.length}; "portlease history" shows all of them.
        </p>
      )}
    </>
  );
}

function TimelineItem({ event }: { readonly event: LeaseEvent }): VNode {
  const { kind, level, change } = leaseChange(event);
  const more = [change, event.detail].filter((text) => text !== "").join("; ");
  return (
    <li>
      <LevelIcon level={level} />
      <div>
        <p>
          <b>{kind}</b>
          {more !== "" && <span class="timeline-more">{more}</span>}
        </p>
        <p class="quiet small">
          <time dateTime={event.eventTime ?? ""}>{dateTimeText(event.eventTime)}</time>
          {event.actor !== "" && ` · by ${event.actor}`} · revision {event.revision}
        </p>
      </div>
    </li>
  );
}
