// Hosts on a network of their own: a network namespace for each, and cables between them that can be cut. For tests that run within
// itInNamespace (network-namespace.ts), whose own namespace is one of the ends.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";

/** One of the hosts. */
export class NamespaceHost {
  readonly #keeper: ChildProcess;

  private constructor(keeper: ChildProcess) {
    this.#keeper = keeper;
  }

  static async open(): Promise<NamespaceHost> {
    const script = "ip link set lo up && echo up && exec cat";
    // Ends when its stdin does, so also when the test process is gone.
    const keeper = spawn("unshare", ["--net", "sh", "-c", script], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const failed = once(keeper, "exit").then(() => Promise.reject(new Error("cannot unshare")));
    await Promise.race([once(keeper.stdout, "data"), failed]);
    failed.catch(() => undefined);
    return new NamespaceHost(keeper);
  }

  /** Goes before a command that shall run there. */
  get wrapper(): readonly string[] {
    return ["nsenter", "--target", String(this.#keeper.pid), "--net"];
  }

  get processId(): number {
    const { pid } = this.#keeper;
    if (pid === undefined) throw new Error("the namespace could not be made");
    return pid;
  }

  async close(): Promise<void> {
    const exited = once(this.#keeper, "exit");
    this.#keeper.stdin?.end();
    await exited;
  }
}

export interface CableEnd {
  /** `null`: where the test itself runs. */
  readonly host: NamespaceHost | null;
  /** IPv4 address; the network has 24 bits. */
  readonly address: string;
}

/** https://man7.org/linux/man-pages/man4/veth.4.html */
export class Cable {
  readonly #near: string;
  readonly #far: string;
  readonly #ends: readonly [CableEnd, CableEnd];

  /** `name`: at most 10 letters, unique. */
  constructor(name: string, near: CableEnd, far: CableEnd) {
    [this.#near, this.#far] = [`${name}-near`, `${name}-far`];
    this.#ends = [near, far];
    ip(null, "link", "add", this.#near, "type", "veth", "peer", "name", this.#far);
    for (const [device, { host, address }] of [
      [this.#near, near],
      [this.#far, far],
    ] as const) {
      if (host !== null) ip(null, "link", "set", device, "netns", String(host.processId));
      ip(host, "address", "add", `${address}/24`, "dev", device);
      ip(host, "link", "set", device, "up");
    }
  }

  /** Nothing goes through any more, and nobody is told: the far end is taken down. */
  cut(): void {
    ip(this.#ends[1].host, "link", "set", this.#far, "down");
  }

  mend(): void {
    ip(this.#ends[1].host, "link", "set", this.#far, "up");
  }

  /** What the far end sends to the near one is dropped; the other direction works. */
  cutAnswers(): void {
    const [near, far] = this.#ends;
    ip(far.host, "route", "add", "blackhole", `${near.address}/32`);
  }

  mendAnswers(): void {
    const [near, far] = this.#ends;
    ip(far.host, "route", "del", "blackhole", `${near.address}/32`);
  }
}

function ip(host: NamespaceHost | null, ...words: readonly string[]): void {
  const [program = "", ...args] = [...(host?.wrapper ?? []), "ip", ...words];
  execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"] });
}
