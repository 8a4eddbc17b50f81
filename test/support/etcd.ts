// A real etcd of one member with a data directory of its own, on loopback: started, stopped, killed, and started again on the
// same ports and data. What is asked of it is src/etcd's business, but for etcdctl. Within `describeWithEtcd` of etcd-program.ts.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findEtcd } from "./etcd-program.js";
import { freePorts } from "./ports-below-ephemeral.js";
import { noteSecret, recordText } from "./test-output.js";

export interface EtcdTls {
  /** Files in PEM. The authority is that of the clients' certificates too. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** Clients need a certificate of the authority; these are for etcdctl. */
  readonly clientCertAuth?: { readonly certFile: string; readonly keyFile: string };
}

export interface TestEtcdOptions {
  readonly tls?: EtcdTls;
  /** Further flags, such as "--max-txn-ops=4" or "--quota-backend-bytes=2000000". */
  readonly flags?: readonly string[];
  /** For a member of a cluster (etcd-cluster.ts): its name, and all members as NAME=URL. */
  readonly member?: { readonly name: string; readonly peerPort: number; readonly cluster: string };
}

/** One member elects itself this soon, and a lease may have a TTL of a second: it must be above 1.5 of these. */
const electionFlags = ["--heartbeat-interval=20", "--election-timeout=200"];

/** Nothing here outlives the machine. */
const fastFlags = ["--unsafe-no-fsync"];

const portTriesMax = 5;

export class TestEtcd {
  /** host:port, for clients. */
  readonly endpoint: string;
  readonly #directory = mkdtempSync(join(tmpdir(), "portlease-etcd-"));
  readonly #options: TestEtcdOptions;
  readonly #flags: readonly string[];
  #child: ChildProcess | null = null;
  #rootPassword: string | null = null;

  private constructor(options: TestEtcdOptions, clientPort: number, peerPort: number) {
    this.#options = options;
    this.endpoint = `127.0.0.1:${clientPort}`;
    const clientUrl = `${options.tls === undefined ? "http" : "https"}://${this.endpoint}`;
    const peerUrl = `http://127.0.0.1:${peerPort}`;
    const { name, cluster } = options.member ?? { name: "test", cluster: `test=${peerUrl}` };
    this.#flags = [
      `--name=${name}`,
      `--initial-cluster=${cluster}`,
      `--data-dir=${join(this.#directory, "data")}`,
      `--listen-client-urls=${clientUrl}`,
      `--advertise-client-urls=${clientUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      "--logger=zap",
      "--log-outputs=stderr",
      // Quick tests of users; the cost is the least that etcd takes.
      "--bcrypt-cost=4",
      ...(options.member === undefined ? electionFlags : []),
      ...fastFlags,
      ...tlsFlags(options.tls),
      ...(options.flags ?? []),
    ];
  }

  /** Resolves when it serves. Call `dispose` in any case. */
  static async start(options: TestEtcdOptions = {}): Promise<TestEtcd> {
    for (let tries = 1; ; tries += 1) {
      const [clientPort, freePeerPort] = await freePorts(2);
      const peerPort = options.member?.peerPort ?? freePeerPort;
      const etcd = new TestEtcd(options, clientPort ?? 0, peerPort ?? 0);
      try {
        await etcd.startAgain();
        return etcd;
      } catch (error) {
        await etcd.dispose();
        // Another program was quicker.
        const taken = String(error).includes("address already in use");
        if (!taken || tries === portTriesMax || options.member !== undefined) throw error;
      }
    }
  }

  /** What `fleet.etcd` and `--etcd` take. `prefix` begins with a slash. */
  url(prefix = ""): string {
    return `${this.#options.tls === undefined ? "etcd" : "etcds"}://${this.endpoint}${prefix}`;
  }

  /** After `stop` or `kill`: on the same ports, with the same data. Resolves when it serves. */
  async startAgain(): Promise<void> {
    const program = findEtcd()?.etcd;
    if (program === undefined) throw new Error("there is no etcd; use describeWithEtcd");
    if (this.#child !== null) throw new Error("it runs already");
    const { PATH } = process.env;
    // Of other variables etcd would take flags: https://etcd.io/docs/v3.5/op-guide/configuration/
    const child = spawn(program, this.#flags, {
      env: { PATH },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    await serving(child);
  }

  /** In order, by SIGTERM. A no-op when it does not run. */
  stop(): Promise<void> {
    return this.#end("SIGTERM");
  }

  /** As a crash does. A no-op when it does not run. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  /** It keeps its sockets and answers nothing, as a host that hangs; `resume` before the end of the test. */
  pause(): void {
    this.#child?.kill("SIGSTOP");
  }

  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  /** While it does not run: it is to have no data when it is started again. */
  forget(): void {
    rmSync(join(this.#directory, "data"), { recursive: true, force: true });
  }

  /** Kills it and removes its data. Idempotent. */
  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** What etcdctl prints. Rejects with what it says when it fails. */
  ctl(...words: readonly string[]): Promise<string> {
    const program = findEtcd()?.etcdctl ?? "etcdctl";
    const user = this.#rootPassword === null ? [] : [`--user=root:${this.#rootPassword}`];
    const args = [`--endpoints=${this.endpoint}`, ...ctlTls(this.#options.tls), ...user, ...words];
    return new Promise((resolve, reject) => {
      execFile(program, args, { env: { ETCDCTL_API: "3" } }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`etcdctl ${words.join(" ")}: ${stderr}`));
      });
    });
  }

  /** Turns authentication on, with a root user, and a user who may read and write keys that begin with `prefix`. */
  async requireUser(user: string, password: string, prefix: string): Promise<void> {
    const rootPassword = "root-password-of-a-test";
    noteSecret(rootPassword);
    noteSecret(password);
    await this.ctl("user", "add", `root:${rootPassword}`);
    await this.ctl("user", "grant-role", "root", "root");
    await this.ctl("role", "add", user);
    await this.ctl("role", "grant-permission", user, "--prefix=true", "readwrite", prefix);
    await this.ctl("user", "add", `${user}:${password}`);
    await this.ctl("user", "grant-role", user, user);
    await this.ctl("auth", "enable");
    this.#rootPassword = rootPassword;
  }

  async setPassword(user: string, password: string): Promise<void> {
    await this.ctl("user", "delete", user);
    await this.ctl("user", "add", `${user}:${password}`);
    await this.ctl("user", "grant-role", user, user);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }
}

/** One etcd for all tests of a suite: call it within `describeWithEtcd`; the result is the etcd, within a test or a hook. */
export function etcdOfSuite(options: TestEtcdOptions = {}): () => TestEtcd {
  let etcd: TestEtcd | null = null;
  before(async () => {
    etcd = await TestEtcd.start(options);
  });
  after(() => etcd?.dispose());
  return () => {
    if (etcd === null) throw new Error("the suite has not begun");
    return etcd;
  };
}

async function serving(child: ChildProcess): Promise<void> {
  if (child.stderr === null) throw new TypeError("its log is not read");
  let log = "";
  await new Promise<void>((resolve, reject) => {
    const lines = createInterface(child.stderr as NodeJS.ReadableStream);
    lines.on("line", (line) => {
      recordText(`${line}\n`, "etcd");
      log += `${line}\n`;
      if (line.includes('"serving client traffic')) resolve();
    });
    child.once("error", reject);
    // "close" and not "exit": until then there is more of its log.
    child.once("close", () => reject(new Error(`etcd ended: ${log}`)));
  });
}

function tlsFlags(tls: EtcdTls | undefined): readonly string[] {
  if (tls === undefined) return [];
  const pair = [`--cert-file=${tls.certFile}`, `--key-file=${tls.keyFile}`];
  if (tls.clientCertAuth === undefined) return pair;
  // With an authority alone, etcd wants certificates of its clients, too.
  return [...pair, `--trusted-ca-file=${tls.caFile}`, "--client-cert-auth"];
}

function ctlTls(tls: EtcdTls | undefined): readonly string[] {
  if (tls === undefined) return [];
  const own = tls.clientCertAuth;
  return [
    `--cacert=${tls.caFile}`,
    ...(own === undefined ? [] : [`--cert=${own.certFile}`, `--key=${own.keyFile}`]),
  ];
}
