// Brings about what docs/troubleshooting.md tells of, with real brokers, and runs the commands that it gives.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { openLesseeSockets } from "@portlease/native";
import { BrokerLab } from "../../support/broker-lab.js";
import type { BrokerProcess } from "../../support/broker-process.js";
import { runInProcess } from "../../support/cli-in-process.js";
import type { CliResult } from "../../support/cli.js";
import { eventually } from "../../support/eventually.js";
import { fromMs, type LeaseCaller } from "../../support/lease-caller.js";
import { flipByte, snapshot } from "../../support/store-snapshot.js";

export interface Symptom {
  /** Resolves with the words of the command that shows it, without the broker's address. */
  readonly bringAbout: () => Promise<readonly string[]>;
}

const flags = ["--pool-quarantine", "60s", "--pool-ttl-min", "100ms"];

export class SymptomLab {
  readonly #lab: BrokerLab;
  readonly #sockets: { close(): unknown }[] = [];
  #broker: BrokerProcess;
  #caller: LeaseCaller;

  private constructor(lab: BrokerLab, broker: BrokerProcess) {
    this.#lab = lab;
    this.#broker = broker;
    this.#caller = lab.caller(broker);
  }

  static async open(): Promise<SymptomLab> {
    const lab = await BrokerLab.open();
    const [small, idle] = [await lab.takePorts(2), await lab.takePorts(4)];
    const config = `auditEvery: 500ms
pools:
  - { name: small, start: ${small}, size: 2 }
  - { name: idle, start: ${idle}, size: 4 }
`;
    return new SymptomLab(lab, await lab.start({ poolSize: 8, config, flags }));
  }

  async close(): Promise<void> {
    this.#letGo();
    await this.#lab.close();
  }

  /** Runs a command of the page against the broker of the symptom; those of the store are told where it is. */
  run(words: readonly string[]): Promise<CliResult> {
    const where = words[0] === "store" ? [] : ["--address", this.#broker.address];
    return runInProcess([...words, ...where]);
  }

  /** In the order of the page: a later one begins where the one before it ended. */
  get symptoms(): readonly Symptom[] {
    return [
      { bringAbout: () => this.#taken() },
      { bringAbout: () => this.#full() },
      { bringAbout: () => this.#lost() },
      { bringAbout: () => this.#resting() },
      { bringAbout: () => this.#stranger() },
      { bringAbout: () => this.#denied() },
      { bringAbout: () => this.#suspended() },
      { bringAbout: () => this.#unprotected() },
      { bringAbout: () => this.#readOnly() },
      { bringAbout: () => this.#unreachable() },
      { bringAbout: () => this.#damaged() },
    ];
  }

  async #taken(): Promise<readonly string[]> {
    const { port } = await this.#caller.acquire({ holder: { service: "orders" } });
    return ["explain", String(port), "--protocol", "tcp"];
  }

  async #full(): Promise<readonly string[]> {
    for (const service of ["orders", "reports"]) {
      await this.#caller.acquire({ holder: { service }, pool: "small" });
    }
    return ["pools"];
  }

  async #lost(): Promise<readonly string[]> {
    const { port } = await this.#caller.acquire({
      holder: { service: "billing" },
      ttl: fromMs(100),
    });
    const command = ["history", "--port", String(port)];
    await eventually("its end", async () => / ended /.test((await this.run(command)).stdout));
    return command;
  }

  async #resting(): Promise<readonly string[]> {
    const lease = await this.#caller.acquire({ holder: { service: "orders" } });
    await this.#caller.release(lease);
    return ["explain", String(lease.port), "--protocol", "tcp"];
  }

  /** In a pool from which nobody leases, so that nothing else is found there. */
  async #stranger(): Promise<readonly string[]> {
    const block = this.#broker.ready.blocks.find(({ pool }) => pool === "idle");
    const socket = openLesseeSockets().bindLeased({
      protocol: "tcp",
      port: block?.lastPort ?? 0,
      address: "127.0.0.1",
      ipv6Only: false,
      bindMethod: "share-port",
      token: 0n,
      tokenPortCount: 1,
    });
    socket.listen(8);
    this.#sockets.push(socket);
    return ["audit", "--pool", "idle"];
  }

  async #denied(): Promise<readonly string[]> {
    const { leaseId } = await this.#caller.acquire({ holder: { service: "orders" } });
    const file = join(this.#lab.newDirectory(), "key.txt");
    writeFileSync(file, `${"x".repeat(32)}\n`);
    return ["release", leaseId, "--holder-key-file", file];
  }

  async #suspended(): Promise<readonly string[]> {
    await this.#caller.acquire({
      holder: { service: "reports", instance: "1" },
      ttl: fromMs(700_000),
    });
    return ["ls", "--filter", 'instance = "1"'];
  }

  /** While the broker is away anybody can bind a port that was held, and not shared, by it alone. */
  async #unprotected(): Promise<readonly string[]> {
    this.#letGo();
    const { port } = await this.#caller.acquire({ holder: { service: "gateway" } });
    await this.#broker.kill("SIGKILL");
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    this.#sockets.push(server);
    this.#use(await this.#lab.restart(this.#broker));
    return ["ls", "--filter", 'service = "gateway"'];
  }

  async #readOnly(): Promise<readonly string[]> {
    this.#letGo();
    this.#use(await this.#lab.start({ poolSize: 8, flags }));
    for (const service of ["orders", "reports"]) {
      await this.#caller.acquire({ holder: { service } });
    }
    execFileSync("prlimit", ["--pid", String(this.#broker.processId), "--fsize=0:"]);
    await this.#caller.acquire().catch(() => undefined);
    await eventually("it says so", async () => (await this.#caller.health()) === "NOT_SERVING");
    return ["status"];
  }

  async #unreachable(): Promise<readonly string[]> {
    await this.#broker.kill("SIGKILL");
    return ["status"];
  }

  async #damaged(): Promise<readonly string[]> {
    const damaged = snapshot(this.#broker.options.dataDirectory, this.#lab.newDirectory());
    flipByte(damaged, "walPath", 30_000, 0xff);
    return ["store", "check", "--data-dir", damaged];
  }

  #use(broker: BrokerProcess): void {
    this.#broker = broker;
    this.#caller = this.#lab.caller(broker);
  }

  #letGo(): void {
    for (const socket of this.#sockets.splice(0)) socket.close();
  }
}
