// What happens on the host, as it happens: can be stopped to read, and narrowed to what is bad.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useDashboard } from "../app/dashboard.js";
import { eventText } from "../model/event-text.js";
import { countText, plural } from "../model/format.js";
import type { NumberedEvent } from "../model/live-state.js";
import type { Level } from "../model/verdict.js";
import { EventList } from "../parts/event-list.js";

/** More lines than a person scrolls through; the page stays light at hundreds a second. */
const shownMax = 200;

const choices: readonly { readonly label: string; readonly levels: readonly Level[] }[] = [
  { label: "all", levels: ["well", "info", "warning", "critical", "unknown"] },
  { label: "warnings", levels: ["warning", "critical"] },
  { label: "critical", levels: ["critical"] },
];

export function EventsView(): VNode {
  const { live } = useDashboard();
  const { events, skippedEvents, eventCount } = live.state.value;
  const [frozen, setFrozen] = useState<readonly NumberedEvent[] | null>(null);
  const [choice, setChoice] = useState(choices[0]);
  const levels = choice?.levels ?? [];
  const shown = (frozen ?? events)
    .filter(({ event }) => levels.includes(eventText(event).level))
    .slice(0, shownMax);
  const missed = frozen === null ? 0 : eventCount - (frozen[0]?.number ?? 0);
  return (
    <>
      <div class="page-head">
        <h1>Events</h1>
        <div class="page-tools">
          <div class="segments" role="group" aria-label="Which events">
            {choices.map((each) => (
              <button
                key={each.label}
                type="button"
                aria-pressed={each === choice}
                onClick={() => setChoice(each)}
              >
                {each.label}
              </button>
            ))}
          </div>
          <button
            type="button"
            class="button"
            aria-pressed={frozen !== null}
            onClick={() => setFrozen(frozen === null ? events : null)}
          >
            {frozen === null ? "Pause" : "Go on"}
          </button>
        </div>
      </div>
      <section class="card" aria-label="Events, newest first">
        <p class="quiet hint" role="status">
          {frozen === null ? "Live." : `Paused: ${plural(missed, "event")} since then.`}
          {skippedEvents > 0 &&
            ` ${countText(skippedEvents)} were not sent, because there were more than can be shown.`}
        </p>
        {shown.length === 0 && events.length > 0 ? (
          <p class="quiet hint">None of this kind.</p>
        ) : (
          <EventList events={shown} />
        )}
      </section>
    </>
  );
}
