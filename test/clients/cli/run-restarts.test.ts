// `portlease run --restart`: the program comes back, on the same sockets. What a lost lease does is run-lost.test.ts.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { finished, outputMatching } from "../../support/cli.js";
import { eventually } from "../../support/eventually.js";
import { node, RunLab } from "./support/run-lab.js";

/** Answers one connection with its process id and ends, with the code that it is told. */
const oneAnswer = `
const server = require("net").createServer((socket) => {
  socket.end(String(process.pid), () => process.exit(Number(process.env.CODE)));
});
server.listen({ fd: 3 }, () => console.log("port " + process.env.PORT + " "));
`;

const answer = async (port: number): Promise<number> =>
  Number(await text(connect(port, "127.0.0.1")));

describe("portlease run, restarting", function () {
  this.timeout(120_000);
  let lab: RunLab;
  let directory: string;

  before(function () {
    // The program's side is POSIX.
    if (process.platform !== "linux") this.skip();
  });
  beforeEach(async () => {
    lab = await RunLab.open();
    directory = mkdtempSync(join(tmpdir(), "portlease-run-"));
  });
  afterEach(async () => {
    await lab.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const count = (file: string): number => (existsSync(file) ? readFileSync(file).length : 0);

  for (const [policy, code] of [
    ["on-failure", 3],
    ["always", 0],
  ] as const) {
    it(`starts the program again (${policy}) with the same lease, and refuses no connection meanwhile`, async () => {
      const child = lab.start("--restart", policy, "--env", `CODE=${code}`, ...node(oneAnswer));
      const port = Number(/port (\d+)/.exec(await outputMatching(child.stdout, /port \d+ /))?.[1]);
      const answers = new Set<number>();
      // Each of them ends the program: the next one comes while none runs.
      for (let start = 0; start < 3; start += 1) answers.add(await answer(port));
      assert.equal(answers.size, 3);
      assert.equal((await lab.leases()).length, 1);
      child.kill("SIGTERM");
      assert.equal((await finished(child)).exitCode, 128 + 15);
      assert.equal((await lab.leases()).length, 0);
    });
  }

  it("does not start it again after exit code 0 with on-failure, nor at all by default", async () => {
    const file = join(directory, "starts");
    const program = (code: number) => ["--", "sh", "-c", `printf x >>"$0"; exit ${code}`, file];
    assert.equal((await lab.run("--restart", "on-failure", ...program(0))).exitCode, 0);
    assert.equal(count(file), 1);
    assert.equal((await lab.run(...program(6))).exitCode, 6);
    assert.equal(count(file), 2);
  });

  it("ends on a signal that comes while it waits to start the program", async () => {
    const file = join(directory, "starts");
    const program = `printf x >>"$0"; exit 1`;
    const child = lab.start("--restart", "always", "--", "sh", "-c", program, file);
    // By then the wait is a second or two.
    await eventually("some starts", () => count(file) >= 4);
    await outputMatching(child.stderr, /started again in \d{3,} ms/);
    child.kill("SIGINT");
    assert.equal((await finished(child)).exitCode, 128 + 2);
    assert.deepEqual(await lab.leases(), []);
  });

  it("does not start it again when it was asked to end, however it ends", async () => {
    const file = join(directory, "starts");
    const program = `trap 'exit 9' TERM; printf x >>"$0"; echo up; while :; do sleep 0.05; done`;
    const child = lab.start("--restart", "always", "--", "sh", "-c", program, file);
    await outputMatching(child.stdout, /up/);
    child.kill("SIGTERM");
    assert.equal((await finished(child)).exitCode, 9);
    assert.equal(count(file), 1);
  });
});
