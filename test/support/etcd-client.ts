// Clients of etcd for tests, closed after each, and listeners that keep what watches tell.

import { EtcdError, type Etcd, type WatchEvent, type WatchListener } from "#etcd/etcd.js";
import { type EtcdOptions, openEtcd } from "#etcd/open-etcd.js";
import { eventually } from "./eventually.js";

/** Call it within `describe`; the result opens a client that is closed after the test. */
export function etcdClients(): (
  endpoints: string | readonly string[],
  options?: Partial<EtcdOptions>,
) => Etcd {
  const opened: Etcd[] = [];
  afterEach(() => {
    for (const etcd of opened.splice(0)) etcd.close();
  });
  return (endpoints, options = {}) => {
    const etcd = openEtcd({ endpoints: [endpoints].flat(), secure: false, ...options });
    opened.push(etcd);
    return etcd;
  };
}

/** Everything that one watch told, in order. */
export class WatchRecord implements WatchListener {
  readonly events: WatchEvent[] = [];
  readonly batches: { readonly revision: bigint; readonly events: readonly WatchEvent[] }[] = [];
  readonly progress: bigint[] = [];
  readonly interruptions: EtcdError[] = [];
  end: { readonly reason: "compacted" | "failed"; readonly error: EtcdError } | null = null;

  changed(events: readonly WatchEvent[], revision: bigint): void {
    this.events.push(...events);
    this.batches.push({ revision, events });
  }

  progressed(revision: bigint): void {
    this.progress.push(revision);
  }

  interrupted(error: EtcdError): void {
    this.interruptions.push(error);
  }

  ended(reason: "compacted" | "failed", error: EtcdError): void {
    this.end = { reason, error };
  }

  /** "put KEY VALUE" or "delete KEY" each. */
  lines(): readonly string[] {
    return this.events.map((event) =>
      event.type === "put"
        ? `put ${event.entry.key} ${Buffer.from(event.entry.value).toString()}`
        : `delete ${event.key}`,
    );
  }

  async untilLines(count: number): Promise<readonly string[]> {
    await eventually(`${count} events`, () => this.events.length >= count);
    return this.lines();
  }

  /** Resolves when it has begun. */
  untilProgress(count = 1): Promise<unknown> {
    return eventually("progress", () => this.progress.length >= count);
  }

  async untilEnd(): Promise<EtcdError> {
    const { error } = await eventually("the end of a watch", () => this.end);
    return error;
  }
}

/** For assert.rejects. */
export function withCode(code: EtcdError["code"], says?: RegExp): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof EtcdError)) throw error;
    if (error.code !== code || (says !== undefined && !says.test(error.message))) {
      throw new Error(`expected ${code} ${String(says)}, got ${error.code}: ${error.message}`);
    }
    return true;
  };
}
