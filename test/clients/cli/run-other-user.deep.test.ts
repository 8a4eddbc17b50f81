// A program under `portlease run` that is another user's, or on another network: its sockets are descriptors, and work there.
// Run it as root: nobody else can become another user.
// Takes turns: .build/tools/bin/go-activated

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { cliEnvironment, cliPath, finished, outputMatching } from "../../support/cli.js";
import { buildGoProgram, goBinary, missingTools } from "./support/activated-programs.js";
import { RunLab } from "./support/run-lab.js";

/** "nobody" by convention; needs no entry in /etc/passwd. */
const otherUserId = 65_534;

const missing =
  missingTools() ??
  (process.getuid?.() === 0 ? null : "run it as root") ??
  (spawnSync("unshare", ["--net", "true"]).status === 0 ? null : "there are no network namespaces");

const describeAsRoot =
  missing === null
    ? describe
    : (title: string, suite: (this: Mocha.Suite) => void) =>
        describe.skip(`${title} (${missing})`, suite);

describeAsRoot("portlease run for a program elsewhere", function () {
  this.timeout(120_000);
  let lab: RunLab;

  before(() => buildGoProgram());
  afterEach(() => lab.close());

  async function serve(...words: readonly string[]) {
    const child = lab.start(...words);
    const line = await outputMatching(child.stdout, /serving pid \d+ port \d+\n/);
    const [, processId = "", port = ""] = /pid (\d+) port (\d+)/.exec(line) ?? [];
    return { child, processId: Number(processId), port: Number(port) };
  }

  const answerOf = async (port: number): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}/`)).text();

  const asOtherUser = [
    "setpriv",
    `--reuid=${otherUserId}`,
    `--regid=${otherUserId}`,
    "--clear-groups",
  ];

  it("passes a held port to another user, who could not bind it", async () => {
    lab = await RunLab.open();
    const { child, processId, port } = await serve(
      "--lease",
      "http",
      "--",
      ...asOtherUser,
      goBinary,
    );
    const status = readFileSync(`/proc/${processId}/status`, "utf8");
    assert.match(status, new RegExp(`^Uid:\\s+${otherUserId}\\s+${otherUserId}`, "m"));
    assert.equal(await answerOf(port), `${processId} http`);
    child.kill("SIGTERM");
    assert.equal((await finished(child)).exitCode, 6);
  });

  it("passes it into another network namespace, where the number is another port", async () => {
    lab = await RunLab.open();
    const { child, processId, port } = await serve("--", "unshare", "--net", "--", goBinary);
    const namespace = (id: number | "self"): string =>
      spawnSync("readlink", [`/proc/${id}/ns/net`]).stdout.toString();
    assert.notEqual(namespace(processId), namespace("self"));
    assert.equal(await answerOf(port), `${processId} portlease`);
    child.kill("SIGTERM");
    assert.equal((await finished(child)).exitCode, 6);
  });

  it("passes UDP and TCP of one number to another user", async () => {
    lab = await RunLab.open({ protocol: "tcp-and-udp" });
    const asked = ["--protocol", "tcp-and-udp", "--", ...asOtherUser, goBinary];
    const { child, processId, port } = await serve(...asked);
    assert.equal(await answerOf(port), `${processId} portlease`);
    const socket = createSocket("udp4");
    socket.connect(port, "127.0.0.1");
    await once(socket, "connect");
    socket.send("who?");
    const [message] = (await once(socket, "message")) as [Buffer];
    socket.close();
    assert.equal(message.toString(), `${processId} portlease`);
    child.kill("SIGTERM");
    assert.equal((await finished(child)).exitCode, 6);
  });

  it("says what is wrong where `run` itself is another user than the broker", async () => {
    lab = await RunLab.open();
    const [command = "", ...words] = asOtherUser;
    const run = ["run", "--address", lab.broker.address, "--", "true"];
    const started = spawn(command, [...words, process.execPath, cliPath, ...run], {
      env: cliEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { exitCode, stderr } = await finished(started);
    assert.equal(exitCode, 125, stderr);
    assert.match(stderr, /is held by user id 0 and this process runs as user id 65534/);
  });
});
