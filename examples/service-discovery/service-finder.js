// Where a service runs, as the fleet server says by FleetService/FindService: asked for again when what is known is a few seconds old.
// Needs nothing but fetch.

const rememberMs = 5_000;
const askWithinMs = 2_000;

export class ServiceFinder {
  #url;
  #request;
  #addresses = [];
  #askedAt = -Infinity;
  #next = 0;

  /** `fleet`: such as "http://127.0.0.1:7611". `request`: as FindService has it, such as { service: "orders", labels: { zone: "a" } }. */
  constructor(fleet, request) {
    this.#url = new URL("/portlease.v1.FleetService/FindService", fleet);
    this.#request = request;
  }

  /** All of them as "host:port", each time beginning with another one. Rejects when nothing was ever known. */
  async addresses() {
    if (performance.now() - this.#askedAt > rememberMs) await this.#ask();
    const start = this.#next++ % Math.max(1, this.#addresses.length);
    return [...this.#addresses.slice(start), ...this.#addresses.slice(0, start)];
  }

  async #ask() {
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(this.#request),
        signal: AbortSignal.timeout(askWithinMs),
      });
      const answer = await response.json();
      if (!response.ok) throw new Error(answer.message);
      this.#addresses = (answer.endpoints ?? []).map(({ address, port }) =>
        address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`,
      );
      this.#askedAt = performance.now();
    } catch (error) {
      // What ran a moment ago most likely runs still: a fleet server that is away stops nobody.
      if (this.#addresses.length === 0) throw error;
    }
  }
}
