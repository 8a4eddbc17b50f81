// How the CLI fails: without a broker, with a broker that refuses, with a wrong command line. And its help.

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { status } from "@grpc/grpc-js";
import { assertFails } from "../../support/cli-failures.js";
import { finished, runCli, startCli, type CliResult } from "../../support/cli.js";
import {
  refuse,
  startFakeBroker,
  type FakeBroker,
  type FakeMethods,
} from "../../support/fake-broker.js";

describe("the CLI, when it fails,", function () {
  // Each test starts at least one process.
  this.timeout(120_000);

  describe("without a broker", () => {
    /** A port that nobody listens on. */
    let address: string;
    before(async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const bound = server.address();
      assert.ok(typeof bound === "object" && bound !== null);
      address = `127.0.0.1:${bound.port}`;
      await new Promise((resolve) => server.close(resolve));
    });

    it("says where nobody answers and what to do, and exits with 3", async () => {
      const result = await runCli(["ls", "--address", address]);
      assertFails(
        result,
        3,
        new RegExp(`no portlease broker answers at ${address}.*portlease serve`),
      );
    });

    it("takes the address from PORTLEASE_ADDRESS", async () => {
      const result = await runCli(["get", "x"], { environment: { PORTLEASE_ADDRESS: address } });
      assertFails(result, 3, new RegExp(address));
    });

    it("does not send calls to the host's own broker through a proxy", async () => {
      const environment = { http_proxy: "http://127.0.0.1:1", grpc_proxy: "http://127.0.0.1:1" };
      const result = await runCli(["ls", "--address", address], { environment });
      assertFails(result, 3, new RegExp(`ECONNREFUSED ${address}`));
    });

    it("answers --json with one document that has code, reason and message", async () => {
      const result = await runCli(["ls", "--json", "--address", address]);
      assert.equal(result.exitCode, 3);
      const { error } = JSON.parse(result.stdout) as { error: Record<string, string> };
      assert.deepEqual([error["code"], error["reason"]], ["UNAVAILABLE", "BROKER_UNREACHABLE"]);
      assert.match(error["message"] ?? "", /no portlease broker answers/);
    });
  });

  describe("with a broker that refuses", () => {
    let broker: FakeBroker | undefined;
    afterEach(() => broker?.stop());

    /** Runs one command against a broker that answers with `methods`. */
    async function run(
      methods: FakeMethods,
      args: readonly string[],
      options: Parameters<typeof runCli>[1] = {},
    ): Promise<CliResult> {
      broker?.stop();
      broker = await startFakeBroker(methods);
      const environment = { ...options.environment, PORTLEASE_ADDRESS: broker.address };
      return runCli(args, { ...options, environment });
    }

    const refusals: readonly (readonly [status, string, number])[] = [
      [status.INVALID_ARGUMENT, "TTL_OUT_OF_RANGE", 2],
      [status.UNAVAILABLE, "STORE_UNAVAILABLE", 3],
      [status.NOT_FOUND, "POOL_NOT_FOUND", 4],
      [status.RESOURCE_EXHAUSTED, "POOL_FULL", 5],
      [status.FAILED_PRECONDITION, "LEASE_ENDED", 5],
      [status.ALREADY_EXISTS, "REQUEST_ID_REUSED", 5],
      [status.PERMISSION_DENIED, "HOLDER_KEY_MISMATCH", 6],
      [status.INTERNAL, "", 1],
    ];
    for (const [code, reason, exitCode] of refusals) {
      it(`exits with ${exitCode} for ${status[code]}, and shows the broker's message with the reason`, async () => {
        const message = "the thing is so; do this";
        const result = await run({ acquireLease: () => refuse(code, reason, message) }, [
          "acquire",
        ]);
        const word = reason === "" ? "" : String.raw` \[${reason}\]`;
        assertFails(result, exitCode, new RegExp(`^portlease: ${message}${word}\n$`));
      });
    }

    it("gives up at its timeout, and exits with 3", async () => {
      const result = await run({}, ["ls", "--timeout", "200ms"]);
      assertFails(result, 3, /did not answer within 200ms; .*--timeout.*\[BROKER_TIMEOUT\]/);
      const waiting = ["acquire", "--max-wait", "100ms", "--timeout", "200ms"];
      assertFails(await run({}, waiting), 3, /did not answer within 300ms; /);
    });
  });

  describe("with a wrong command line", () => {
    const wrong: readonly (readonly [words: string, line: RegExp])[] = [
      ["aquire", /unknown command 'aquire' \(Did you mean acquire\?\)/],
      ["ls --jsn", /unknown option '--jsn' \(Did you mean --json\?\)/],
      ["get", /missing required argument 'lease'/],
      ["acquire --count 0", /option '--count <n>' argument '0' is invalid.*from 1 to 65535/],
      ["acquire --ttl 30", /'--ttl <time>' argument '30' is invalid.*"30s" or "500ms"/],
      ["acquire --protocol sctp", /'sctp' is invalid.*tcp, udp, tcp-and-udp/],
      ["acquire --label nope", /must be key=value/],
      ["ls --address nowhere", /'nowhere' is invalid.*host:port, such as 127\.0\.0\.1:7600/],
      ["ls --timeout 0", /must be longer than 0/],
      ["renew a --holder-key x --holder-key-file y", /cannot be used with/],
    ];
    for (const [words, line] of wrong) {
      it(`exits with 2 for "${words}" and says what is wrong`, async () => {
        assertFails(await runCli(words.split(" ")), 2, line);
      });
    }

    it("says so when PORTLEASE_ADDRESS is no address", async () => {
      const result = await runCli(["ls"], { environment: { PORTLEASE_ADDRESS: "here" } });
      assertFails(result, 2, /PORTLEASE_ADDRESS is "here": it must be host:port/);
    });

    it("prints the problem as JSON too when JSON was asked for", async () => {
      const result = await runCli(["ls", "--json", "--nope"]);
      assert.equal(result.exitCode, 2);
      assert.equal((JSON.parse(result.stdout) as { error: { code: string } }).error.code, "USAGE");
    });

    it("shows all problems of the configuration", async () => {
      const args = ["serve", "--listen", "nowhere", "--log-level", "loud"];
      const result = await runCli(args);
      assert.equal(result.exitCode, 2);
      assert.match(result.stderr, /has 2 problems:\n {2}flag --listen: .*\n {2}flag --log-level: /);
      assert.doesNotMatch(result.stderr, /^ +at /m);
    });

    it("shows the help where a command is missing", async () => {
      for (const words of [[], ["store"]]) {
        const result = await runCli(words);
        assert.equal(result.exitCode, 2);
        assert.match(result.stderr, /^Usage: portlease/);
        assert.doesNotMatch(result.stderr, /^portlease:/m);
      }
    });
  });

  it("ends quietly when its reader goes away", async () => {
    const child = startCli(["--help"]);
    child.stdout.destroy();
    const { stderr } = await finished(child);
    assert.equal(stderr, "");
  });

  it("--help lists the commands and the exit codes", async () => {
    const result = await runCli(["--help"]);
    assert.equal(result.exitCode, 0);
    for (const name of ["serve", "acquire", "renew", "release", "ls", "get", "run", "store"]) {
      assert.match(result.stdout, new RegExp(`^  ${name}`, "m"));
    }
    assert.match(result.stdout, /Exit codes:\n {2}0 +success/);
  });

  it("--version prints the version alone", async () => {
    const result = await runCli(["--version"]);
    assert.match(result.stdout, /^\d+\.\d+\.\d+\n$/);
    assert.equal(result.exitCode, 0);
  });
});
