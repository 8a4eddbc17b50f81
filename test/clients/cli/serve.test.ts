// `portlease serve` as a process, and `portlease store check` on what it leaves behind.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  finished,
  outputMatching,
  runCli,
  startCli,
  startCliWithInput,
  type CliOutputs,
  type CliProcess,
} from "../../support/cli.js";

interface Ready {
  readonly ready: true;
  readonly address: string;
  readonly processId: number;
  readonly dataDirectory: string;
  readonly liveLeases: number;
  readonly blocks: readonly { firstPort: number; lastPort: number; pool: string; kind: string }[];
}

describe("portlease serve", function () {
  this.timeout(120_000);
  let directory: string;
  const children: CliOutputs[] = [];

  before(function () {
    if (process.platform !== "linux") this.skip();
  });
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "portlease-serve-"));
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  });

  const common = (): readonly string[] => {
    const words = "serve --listen 127.0.0.1:0 --pool-size 4 --data-dir".split(" ");
    return [...words, join(directory, "data")];
  };
  const start = (...args: readonly string[]): CliProcess => {
    const child = startCli([...common(), ...args]);
    children.push(child);
    return child;
  };
  async function ready(child: CliOutputs): Promise<Ready> {
    const output = await outputMatching(child.stdout, /\n/);
    return JSON.parse(output.split("\n")[0] ?? "") as Ready;
  }
  const check = (...args: readonly string[]) =>
    runCli(["store", "check", "--data-dir", join(directory, "data"), ...args]);

  it("prints one ready line with --log-format json, and nothing but logs besides", async () => {
    const child = start("--log-format", "json");
    const result = finished(child);
    const told = await ready(child);
    assert.equal(told.ready, true);
    assert.match(told.address, /^127\.0\.0\.1:\d+$/);
    assert.equal(told.processId, child.pid);
    assert.equal(told.dataDirectory, join(directory, "data"));
    assert.equal(told.liveLeases, 0);
    const [block] = told.blocks;
    assert.equal((block?.lastPort ?? 0) - (block?.firstPort ?? 0) + 1, 4);
    child.kill("SIGTERM");
    const { exitCode, stdout, stderr } = await result;
    assert.equal(exitCode, 0, stderr);
    assert.equal(stdout.split("\n").length, 2);
    for (const line of stderr.trim().split("\n")) JSON.parse(line);
  });

  it("tells people what it owns, where it listens and what to try next", async () => {
    const child = start("--log-format", "text");
    const output = await outputMatching(child.stdout, /Ctrl\+C/);
    assert.match(output, /owns +4 TCP ports \d+-\d+ \(pool default, held\)/);
    assert.match(output, /listens on 127\.0\.0\.1:\d+ /);
    const [, address] = /acquire --address (\S+) --service demo/.exec(output) ?? [];
    assert.match(
      output,
      /grpcurl -plaintext 127\.0\.0\.1:\d+ portlease\.v1\.AdminService\/GetBroker/,
    );
    const acquired = await runCli(
      ["acquire", "--json", "--service", "demo", "--address", address ?? ""],
      {
        record: "stderr",
      },
    );
    assert.equal(acquired.exitCode, 0, acquired.stderr);
    child.kill("SIGINT");
    assert.equal((await finished(child)).exitCode, 0);
  });

  it("goes on with its leases after a restart", async () => {
    const first = start("--log-format", "json");
    const { address } = await ready(first);
    const acquire = ["acquire", "--json", "--ttl", "1h", "--address", address];
    const { stdout } = await runCli(acquire, { record: "stderr" });
    const { lease, holderKey } = JSON.parse(stdout) as {
      lease: { leaseId: string };
      holderKey: string;
    };
    first.kill("SIGTERM");
    await finished(first);
    const second = start("--log-format", "json");
    const told = await ready(second);
    assert.equal(told.liveLeases, 1);
    const release = await runCli(["release", lease.leaseId, "--address", told.address], {
      environment: { PORTLEASE_HOLDER_KEY: holderKey },
    });
    assert.equal(release.exitCode, 0, release.stderr);
    second.kill("SIGTERM");
    await finished(second);
  });

  it("reads the file that --config names", async () => {
    const path = join(directory, "c.yaml");
    writeFileSync(
      path,
      "pools:\n  - name: default\n  - name: web\n    size: 2\nlog: {format: json}\n",
    );
    const child = start("--config", path);
    const { blocks } = await ready(child);
    assert.deepEqual(
      blocks.map(({ pool, firstPort, lastPort }) => [pool, lastPort - firstPort + 1]),
      [
        ["default", 4],
        ["web", 2],
      ],
    );
    child.kill("SIGTERM");
    await finished(child);
  });

  it("takes a hangup without a terminal for a wish to reload", async () => {
    const child = start("--log-format", "json");
    await ready(child);
    const told = outputMatching(child.stderr, /the configuration was read again.*SIGHUP/);
    child.kill("SIGHUP");
    await told;
    assert.equal(child.exitCode, null);
    child.kill("SIGTERM");
    assert.equal((await finished(child)).exitCode, 0);
  });

  describe("--stop-on-stdin-end", () => {
    const startWithInput = (...args: readonly string[]) => {
      const child = startCliWithInput([...common(), "--log-format", "json", ...args]);
      children.push(child);
      return child;
    };

    it("stops in an orderly way when stdin ends, whatever came before", async () => {
      const child = startWithInput("--stop-on-stdin-end");
      const { address } = await ready(child);
      child.stdin.write("nobody reads this\n");
      const result = await runCli(["ls", "--address", address]);
      assert.equal(result.stdout, "no leases\n", result.stderr);
      child.stdin.end();
      const { exitCode, stderr } = await finished(child);
      assert.equal(exitCode, 0, stderr);
      const lines = stderr
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { message: string });
      assert.ok(lines.some((line) => Reflect.get(line, "reason") === "stdin ended"));
      assert.equal(lines.at(-1)?.message, "stopped");
      assert.equal((await check()).exitCode, 0);
    });

    it("stops on a signal too, though stdin stays open", async () => {
      const child = startWithInput("--stop-on-stdin-end");
      await ready(child);
      child.kill("SIGTERM");
      assert.equal((await finished(child)).exitCode, 0);
    });

    it("stops at once where stdin is closed from the start", async () => {
      const child = start("--log-format", "json", "--stop-on-stdin-end");
      const { exitCode, stderr } = await finished(child);
      assert.equal(exitCode, 0, stderr);
    });

    it("ends by itself after a start that failed, though stdin stays open", async () => {
      const child = startWithInput("--stop-on-stdin-end", "--listen", "192.0.2.1:7600");
      assert.notEqual((await finished(child)).exitCode, 0);
      const running = startWithInput("--stop-on-stdin-end");
      await ready(running);
      const second = startWithInput("--stop-on-stdin-end");
      assert.notEqual((await finished(second)).exitCode, 0);
      running.kill("SIGTERM");
      assert.equal((await finished(running)).exitCode, 0);
    });

    it("is off by default", async () => {
      const child = startWithInput();
      const { address } = await ready(child);
      child.stdin.end();
      const result = await runCli(["ls", "--address", address]);
      assert.equal(result.stdout, "no leases\n", result.stderr);
      assert.equal(child.exitCode, null);
      child.kill("SIGTERM");
      assert.equal((await finished(child)).exitCode, 0);
    });
  });

  it("goes on serving when nobody reads its log any more", async () => {
    const child = start("--log-format", "json");
    const { address } = await ready(child);
    child.stderr.destroy();
    child.stdout.destroy();
    // Makes it write a line to the log that is gone.
    child.kill("SIGHUP");
    const result = await runCli(["ls", "--address", address]);
    assert.equal(result.stdout, "no leases\n", result.stderr);
    child.kill("SIGTERM");
    const [exitCode] = (await once(child, "exit")) as [number | null];
    assert.equal(exitCode, 0);
  });

  it("refuses to start where it cannot, with one line that says why and what to do", async () => {
    const child = start("--log-format", "json");
    const { address } = await ready(child);
    const sameDirectory = await runCli([...common(), "--log-format", "text"]);
    assert.equal(sameDirectory.exitCode, 1);
    assert.match(
      sameDirectory.stderr,
      /^portlease: [^\n]*data directory[^\n]*in use[^\n]*--data-dir[^\n]*\n$/m,
    );
    assert.doesNotMatch(sameDirectory.stderr, /^ +at /m);
    const other = ["--data-dir", join(directory, "other"), "--listen", address];
    const sameAddress = await runCli([...common(), "--log-format", "json", ...other]);
    assert.equal(sameAddress.exitCode, 1);
    assert.equal(sameAddress.stdout, "");
    const lines = sameAddress.stderr.trim().split("\n");
    const last = JSON.parse(lines.at(-1) ?? "") as Record<string, string>;
    assert.deepEqual([last["level"], last["code"]], ["error", "CANNOT_LISTEN"]);
    child.kill("SIGTERM");
    await finished(child);
  });

  describe("portlease store check", () => {
    async function used(): Promise<void> {
      const child = start("--log-format", "json");
      const { address } = await ready(child);
      await runCli(["acquire", "--address", address], { record: "stderr" });
      const inUse = await check();
      assert.equal(inUse.exitCode, 5, inUse.stdout);
      assert.match(inUse.stdout, /^The store is in use; it was not checked\.\n/);
      child.kill("SIGTERM");
      await finished(child);
    }

    it("exits with 0 for a sound store, 5 while a broker uses it, and tells what is in it", async () => {
      await used();
      const text = await check();
      assert.equal(text.exitCode, 0, text.stderr);
      assert.match(text.stdout, /^The store is sound\.\ndirectory {2}.*\n.*\nleases +1 active/);
      const json = await check("--json");
      assert.equal((JSON.parse(json.stdout) as { verdict: string }).verdict, "sound");
    });

    it("exits with 4 where there is none", async () => {
      const result = await check();
      assert.equal(result.exitCode, 4);
      assert.match(result.stdout, /^There is no store\./);
    });

    it("exits with 7 for a damaged store, and says what it means and what to do", async () => {
      await used();
      const path = join(directory, "data", "portlease.db");
      assert.ok(readdirSync(join(directory, "data")).includes("portlease.db"));
      const bytes = readFileSync(path);
      writeFileSync(
        path,
        bytes.map((byte, at) => (at > 4_096 ? byte ^ 0xff : byte)),
      );
      const result = await check();
      assert.equal(result.exitCode, 7, result.stdout);
      assert.match(result.stdout, /^The store is DAMAGED/);
      assert.match(result.stdout, /^damage .*\nmeaning .*\nto do /m);
    });

    it("takes the directory from the configuration when none is given", async () => {
      const environment = { PORTLEASE_DATA_DIR: join(directory, "elsewhere") };
      const result = await runCli(["store", "check", "--json"], { environment });
      assert.equal(
        (JSON.parse(result.stdout) as { dataDirectory: string }).dataDirectory,
        environment.PORTLEASE_DATA_DIR,
      );
    });
  });
});
