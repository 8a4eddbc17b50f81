// Server-sent events out of text that arrives in pieces: https://html.spec.whatwg.org/multipage/server-sent-events.html. What
// the broker does not send (ids, retry times) is skipped, comments too.

export interface StreamedEvent {
  /** "message" unless the stream names another. */
  readonly type: string;
  readonly data: string;
}

export class EventStreamParser {
  #rest = "";
  #type = "";
  #data: string[] = [];

  /** The events that are complete with this piece. */
  push(text: string): readonly StreamedEvent[] {
    this.#rest += text;
    const events: StreamedEvent[] = [];
    for (;;) {
      // A CR at the very end may be half of a CR LF.
      const end = /\r\n|\n|\r(?=[^\n])/.exec(this.#rest);
      if (end === null) return events;
      const line = this.#rest.slice(0, end.index);
      this.#rest = this.#rest.slice(end.index + end[0].length);
      const event = this.#take(line);
      if (event !== null) events.push(event);
    }
  }

  #take(line: string): StreamedEvent | null {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#type = value;
    return null;
  }

  #dispatch(): StreamedEvent | null {
    const event = { type: this.#type === "" ? "message" : this.#type, data: this.#data.join("\n") };
    const isEmpty = this.#data.length === 0;
    this.#type = "";
    this.#data = [];
    return isEmpty ? null : event;
  }
}
