// Events as lines, newest first.

import type { VNode } from "preact";
import type { NumberedEvent } from "../model/live-state.js";
import { eventText } from "../model/event-text.js";
import { clockText, dateTimeText } from "../model/format.js";
import { leaseLink } from "../model/route.js";
import { LevelIcon } from "./icons.js";

export function EventList({ events }: { readonly events: readonly NumberedEvent[] }): VNode {
  if (events.length === 0) return <p class="quiet hint">Nothing has happened in the last hour.</p>;
  return (
    <ol class="events">
      {events.map((each) => (
        <EventLine key={each.number} {...each} />
      ))}
    </ol>
  );
}

function EventLine({ event }: NumberedEvent): VNode {
  const { time, level, kind, text, ports, leaseId } = eventText(event);
  return (
    <li class={`event event-${level}`}>
      <time dateTime={time ?? ""} title={dateTimeText(time)}>
        {clockText(time)}
      </time>
      {level === "warning" || level === "critical" ? (
        <LevelIcon level={level} />
      ) : (
        <span class="event-dot" aria-hidden="true" />
      )}
      <span class="event-text">
        <b>{kind}</b> {leaseId !== "" && <a href={leaseLink(leaseId)}>{ports}</a>} {text}
      </span>
    </li>
  );
}
