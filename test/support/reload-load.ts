// Callers that keep a broker busy while its configuration changes under them: unary calls, a session, watches, and HTTP. Whatever
// fails is noted, with what the configuration allowed to fail at that time.

import type { RequestOptions } from "node:https";
import { HttpCaller } from "./http-caller.js";
import type { Acquired, LeaseCaller } from "./lease-caller.js";
import { RpcFailure } from "./rpc-failure.js";
import { SessionCaller } from "./session-caller.js";
import { WatchCaller } from "./watch-caller.js";

/** Reasons that a kind of caller may be refused for by any of the configurations that may count now. */
export type Allowed = () => ReadonlySet<string>;

export const nothingAllowed: Allowed = () => new Set();

export class ReloadLoad {
  readonly #failures: string[] = [];
  readonly #loops: Promise<void>[] = [];
  readonly #counts = new Map<string, number>();
  readonly #ends: (() => void)[] = [];
  #stopped = false;

  /** What nothing in the configuration explains. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  /** How often each thing was done, or refused: "granted", "QUOTA_EXCEEDED". */
  countOf(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  /** Leases, renews and releases, again and again. */
  unary(caller: LeaseCaller, service: string, pool: string, allowed: Allowed): void {
    this.#again(`${service} in ${pool}`, allowed, async () => {
      const { leaseId, holderKey } = await caller.acquire({ pool, holder: { service } });
      this.#count("granted");
      await caller.renew({ leaseId, holderKey });
      await caller.release({ leaseId, holderKey });
    });
  }

  /** Holds leases until the end, by one session that renews all of them again and again. */
  session(caller: LeaseCaller, leases: () => readonly Acquired[]): void {
    const session = new SessionCaller(caller);
    void session.ended.then((failure) => {
      if (!this.#stopped) this.#failures.push(`a session ended: ${failure?.message}`);
    });
    const renewAll = async (): Promise<void> => {
      const renewals = leases().map(({ leaseId, holderKey }) => ({ leaseId, holderKey }));
      const answer = await session.tell(
        { $case: "renewLeases", value: { leases: renewals } },
        "renewLeases",
      );
      for (const { leaseId, error } of answer.leases) {
        if (error !== undefined) this.#failures.push(`${leaseId} is lost: ${error.message}`);
        else this.#count("renewed");
      }
    };
    this.#again("a session", nothingAllowed, renewAll, () => session.cancel());
  }

  watch(caller: LeaseCaller): void {
    const watch = new WatchCaller(caller);
    const read = async (): Promise<void> => {
      await watch.next();
      this.#count("watched");
    };
    this.#ends.push(() => watch.cancel());
    this.#again("a watch", nothingAllowed, read);
  }

  /** A connection for each call, so that each meets the certificate of the moment. */
  http(address: string, tls: RequestOptions, token: string): void {
    const http = new HttpCaller(address, tls);
    const headers = { authorization: `Bearer ${token}` };
    this.#again("HTTP", nothingAllowed, async () => {
      const body = { holder: { service: "browser" }, ttl: "10s" };
      const granted = await http.call("LeaseService/AcquireLease", body, headers);
      if (granted.status !== 200) throw new Error(`${granted.status} ${granted.text}`);
      const { lease, holderKey } = JSON.parse(granted.text) as {
        readonly lease: { readonly leaseId: string };
        readonly holderKey: string;
      };
      const release = { leaseId: lease.leaseId, holderKey };
      const released = await http.call("LeaseService/ReleaseLease", release, headers);
      if (released.status !== 200) throw new Error(`${released.status} ${released.text}`);
      this.#count("by HTTP");
    });
  }

  /** What is shown of the whole broker, as server-sent events. */
  async events(address: string, tls: RequestOptions, token: string): Promise<void> {
    const http = new HttpCaller(address, tls);
    const headers = { authorization: `Bearer ${token}` };
    const stream = await http.stream("AdminService/WatchBroker", {}, headers);
    this.#ends.push(() => stream.close());
    this.#again("server-sent events", nothingAllowed, async () => {
      const event = await stream.next();
      if (event === null || event.event === "error") throw new Error(JSON.stringify(event));
      this.#count("shown");
    });
  }

  /** Ends all of it; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const end of this.#ends) end();
    await Promise.all(this.#loops);
  }

  #again(
    who: string,
    allowed: Allowed,
    work: () => Promise<void>,
    end: () => void = () => undefined,
  ): void {
    const loop = async (): Promise<void> => {
      while (!this.#stopped) {
        const allowedBefore = allowed();
        try {
          await work();
        } catch (error) {
          if (this.#stopped) break;
          const reason = error instanceof RpcFailure ? error.reason : "";
          this.#count(reason);
          if (allowedBefore.has(reason) || allowed().has(reason)) continue;
          this.#failures.push(`${who}: ${String(error)}`);
          break;
        }
        // Others want a turn too.
        await new Promise(setImmediate);
      }
      end();
    };
    this.#loops.push(loop());
  }

  #count(what: string): void {
    this.#counts.set(what, this.countOf(what) + 1);
  }
}
