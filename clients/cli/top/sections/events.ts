// The latest events, the newest first, a line each.

import { type BrokerEvent, Problem_Severity } from "@portlease/proto/portlease/v1/admin_service.js";
import { LeaseEvent_Type } from "@portlease/proto/portlease/v1/lease_event.js";
import { printable } from "../../../../src/server/printable.js";
import { eventRow } from "../../event-text.js";
import type { Tone } from "../../terminal/paint.js";
import { severityTones } from "../../terminal/tones.js";
import { type Canvas, lineOf } from "../canvas.js";
import type { LiveHost } from "../live-host.js";

/** At most `space` lines, a heading among them. */
export function eventLines(
  { events, skippedEvents }: LiveHost,
  space: number,
  canvas: Canvas,
): readonly string[] {
  if (space === 0) return [];
  const skipped = skippedEvents === 0 ? "" : `, ${skippedEvents} left out`;
  const none = events.length === 0 ? "  none since this was opened" : "";
  const heading = lineOf(
    [
      { text: "EVENTS", tone: "heading" },
      { text: `${none}${skipped}`, tone: null },
    ],
    canvas,
  );
  return [heading, ...events.slice(0, space - 1).map((event) => eventLine(event, canvas))];
}

function eventLine(brokerEvent: BrokerEvent, canvas: Canvas): string {
  const { name, tone, text } = told(brokerEvent);
  return lineOf(
    [
      { text: clockText(brokerEvent.eventTime), tone: "quiet" },
      { text: "  ", tone: null },
      { text: name, tone },
      { text: `  ${printable(text)}`, tone: null },
    ],
    canvas,
  );
}

interface ToldEvent {
  readonly name: string;
  readonly tone: Tone | null;
  readonly text: string;
}

function told({ event }: BrokerEvent): ToldEvent {
  if (event === undefined) return { name: "unknown", tone: null, text: "" };
  if (event.$case === "notice") {
    const { severity, reason, message } = event.value;
    const name = printable(reason.toLowerCase().replaceAll("_", "-"));
    const isPlain = severity <= Problem_Severity.SEVERITY_INFO;
    return { name, tone: isPlain ? null : severityTones[severity], text: message };
  }
  const [, name = "", ports, , service, instance, , detail = ""] = eventRow(event.value);
  const holder = instance === "-" ? service : `${service}/${instance}`;
  const text = [`${ports} ${holder}`, detail].filter((part) => part !== "").join(", ");
  return { name, tone: tones[event.value.type] ?? null, text };
}

const tones: Readonly<Partial<Record<LeaseEvent_Type, Tone>>> = {
  [LeaseEvent_Type.TYPE_GRANTED]: "leased",
  [LeaseEvent_Type.TYPE_BINDING_CHANGED]: "bound",
  [LeaseEvent_Type.TYPE_PROTECTION_CHANGED]: "unprotected",
};

/** "03:12:00" of this process's time zone. */
function clockText(time: Date | undefined): string {
  if (time === undefined) return "--:--:--";
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
}
