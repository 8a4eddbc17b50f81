// The fleet in sums, and what is wrong in it, for all readers of live views: made once in a round, with a number that rises when it
// says something else than before.

import {
  FleetProblems,
  GetFleetResponse,
  type WatchFleetResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import type { FleetProblem } from "../view/fleet-entities.js";
import type { FleetReader } from "../view/fleet-reader.js";
import { messageLimits } from "./message-parts.js";
import { wireBytesMax } from "./wire-bytes.js";
import { type FleetFacts, toWireFleet, toWireFleetProblem } from "./wire-fleet.js";

/** The API documents it. */
const problemsMax = 100;

interface Numbered<Message> {
  readonly number: number;
  readonly message: Message;
}

export interface FleetPicture {
  readonly fleet: Numbered<GetFleetResponse>;
  readonly problems: Numbered<FleetProblems>;
}

/** Which of a picture's numbers a reader was sent last. */
export interface PictureSeen {
  readonly fleet: number;
  readonly problems: number;
}

export const nothingSeen: PictureSeen = { fleet: 0, problems: 0 };

export class FleetPictures {
  readonly #view: FleetReader;
  readonly #facts: FleetFacts;
  readonly #fleet = new Numbering();
  readonly #problems = new Numbering();
  #lastProblems: { readonly shown: readonly FleetProblem[]; readonly wire: FleetProblems } | null =
    null;

  constructor(view: FleetReader, facts: FleetFacts) {
    this.#view = view;
    this.#facts = facts;
  }

  take(): FleetPicture {
    const fleet = toWireFleet(this.#view, this.#facts);
    const problems = this.#problemsNow();
    return {
      fleet: {
        message: fleet,
        number: this.#fleet.of(GetFleetResponse.encode(lasting(fleet)).finish()),
      },
      problems: {
        message: problems,
        number: this.#problems.of(FleetProblems.encode(problems).finish()),
      },
    };
  }

  #problemsNow(): FleetProblems {
    const shown = this.#view.problems();
    if (this.#lastProblems?.shown !== shown) {
      this.#lastProblems = { shown, wire: toWireProblems(shown) };
    }
    return this.#lastProblems.wire;
  }
}

/** What of the picture a reader was not sent yet. */
export function unseenOf(
  { fleet, problems }: FleetPicture,
  seen: PictureSeen,
): Pick<WatchFleetResponse, "fleet" | "problems"> {
  return {
    fleet: fleet.number === seen.fleet ? undefined : fleet.message,
    problems: problems.number === seen.problems ? undefined : problems.message,
  };
}

export function seenOf({ fleet, problems }: FleetPicture): PictureSeen {
  return { fleet: fleet.number, problems: problems.number };
}

/** Without when the source was heard last: while it is heard that is now. */
function lasting(fleet: GetFleetResponse): GetFleetResponse {
  if (fleet.source?.connected !== true) return fleet;
  return { ...fleet, source: { ...fleet.source, lastHeardTime: undefined } };
}

/** As many of the worst as fit beside everything else. */
function toWireProblems(shown: readonly FleetProblem[]): FleetProblems {
  const problems = [];
  let bytes = 0;
  for (const problem of shown.slice(0, problemsMax)) {
    const wire = toWireFleetProblem(problem);
    bytes += wireBytesMax(wire);
    if (bytes > messageLimits.bytes) break;
    problems.push(wire);
  }
  return { problems, totalSize: shown.length };
}

class Numbering {
  #last: Uint8Array | null = null;
  #number = 0;

  /** 1 for the first; the same again for the same bytes. */
  of(bytes: Uint8Array): number {
    if (this.#last === null || Buffer.compare(this.#last, bytes) !== 0) {
      this.#last = bytes;
      this.#number += 1;
    }
    return this.#number;
  }
}
