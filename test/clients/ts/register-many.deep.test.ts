// Twenty unmodified Express, Fastify and grpc-js programs begin at the same moment, again and again: under the register hook none
// fails to bind. The same with get-port, for comparison. PORTLEASE_TEST_ROUNDS=50 npm run test:deep -- <this file> takes long.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { askApp } from "./support/ask-app.js";
import { getPortApps } from "./support/get-port-apps.js";
import { registerApps } from "./support/register-apps.js";
import { RegisterLab, withHook, type App } from "./support/register-lab.js";

const programCount = 20;
const rounds = Number(process.env["PORTLEASE_TEST_ROUNDS"] ?? 3);

/** How long a round may take on a machine that has much else to do. */
const roundMsMax = 60_000;

const kinds = ["express.cjs", "fastify.mjs", "grpc.cjs"] as const;
type Kind = (typeof kinds)[number];

/** Holds a program back until it is told to begin, so that all begin together and not one after the other as they are started. */
const barrier = `
process.stdout.write("ready\\n");
await new Promise((resolve) => process.stdin.once("data", resolve));
process.stdin.pause();
process.stdin.unref();
`;

interface Started {
  readonly kind: Kind;
  readonly app: App;
}

/** What became of a program: its port, or what it said when it failed. */
type Outcome = { readonly port: number } | { readonly failure: string };

describe("Twenty programs that begin at the same moment", function () {
  this.timeout(2 * rounds * roundMsMax);
  let lab: RegisterLab;

  before(async function () {
    if (process.platform !== "linux") this.skip();
    lab = await RegisterLab.start({ size: 32, sizeMax: 32 });
  });
  after(() => lab?.dispose());

  async function begin(start: (kind: Kind) => App): Promise<readonly Started[]> {
    const started = Array.from({ length: programCount }, (_, index) => {
      const kind = kinds[index % kinds.length] ?? "express.cjs";
      return { kind, app: start(kind) };
    });
    for (const { app } of started) await app.printed(/ready\n/);
    for (const { app } of started) app.child.stdin.write("begin\n");
    return started;
  }

  async function outcomeOf({ app }: Started): Promise<Outcome> {
    const port = await app.listening().catch(() => null);
    return port === null
      ? { failure: /^.*E[A-Z]{4,}.*$/m.exec(app.stderr)?.[0] ?? app.stderr }
      : { port };
  }

  async function play(start: (kind: Kind) => App): Promise<readonly string[]> {
    const failures: string[] = [];
    const started = await begin(start);
    const outcomes = await Promise.all(started.map(outcomeOf));
    for (const [index, outcome] of outcomes.entries()) {
      const program = started[index];
      if ("failure" in outcome) failures.push(outcome.failure);
      else if (program !== undefined && start === leased) {
        assert.equal(await askApp(program.kind, outcome.port), program.kind);
      }
    }
    const ports = outcomes.flatMap((outcome) => ("port" in outcome ? [outcome.port] : []));
    if (start === leased) {
      const all = (await lab.leases()).map((lease) => Number(lease.split(" ")[1]));
      assert.deepEqual(
        all,
        ports.toSorted((one, other) => one - other),
      );
    }
    await Promise.all(started.map(({ app }) => app.kill("SIGTERM")));
    return failures;
  }

  const barrierPath = (): string => lab.file("barrier.mjs", barrier);
  const leased = (kind: Kind): App =>
    lab.startApp(kind, registerApps[kind], {
      nodeArguments: ["--import", barrierPath(), ...withHook],
    });

  async function withGetPort(): Promise<(kind: Kind) => App> {
    const firstPort = await freeRun(32);
    const environment = { FIRST_PORT: String(firstPort), LAST_PORT: String(firstPort + 31) };
    return (kind) =>
      lab.startApp(`get-port-${kind.replace(/cjs$/, "mjs")}`, getPortApps[kind], {
        nodeArguments: ["--import", barrierPath()],
        environment,
      });
  }

  it(`all bind under the register hook, ${rounds} times over, where get-port fails some`, async () => {
    const ours: string[] = [];
    const theirs: string[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      ours.push(...(await play(leased)));
      assert.deepEqual(await lab.leases(), []);
      theirs.push(...(await play(await withGetPort())));
    }
    const total = programCount * rounds;
    console.log(
      `      bind errors of ${total} starts: ${ours.length} with @portlease/client/register, ${theirs.length} with get-port`,
    );
    assert.deepEqual(ours, []);
    assert.ok(
      theirs.length > 0,
      "get-port has no race any more? Then this comparison is out of date",
    );
    assert.match(theirs.join("\n"), /EADDRINUSE/);
  });
});

/** The first of so many ports that nobody listens on, outside of the range from which the system takes ports by itself. */
async function freeRun(count: number): Promise<number> {
  for (let firstPort = 21_000; firstPort < 32_000; firstPort += count) {
    const servers = Array.from({ length: count }, () => createServer());
    const bound = await Promise.all(
      servers.map((server, offset) =>
        once(server.listen(firstPort + offset), "listening").then(
          () => true,
          () => false,
        ),
      ),
    );
    for (const server of servers) server.close();
    if (bound.every(Boolean)) return firstPort;
  }
  throw new Error("no free run of ports");
}
