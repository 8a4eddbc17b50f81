// portlease fleet as a process: how it starts, what it says, and how it stops.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { assertFails } from "../../support/cli-failures.js";
import { finished, outputMatching, runCli, startCli } from "../../support/cli.js";
import { HttpCaller } from "../../support/http-caller.js";
import { temporaryDirectories } from "../../support/temporary-directory.js";

const anywhere = ["--broker", "127.0.0.1:1", "--listen", "127.0.0.1:0"];

describe("portlease fleet", () => {
  const newDirectory = temporaryDirectories();

  it("says where it is in one line of JSON, and stops in order on SIGTERM", async () => {
    const dataDirectory = join(newDirectory(), "data");
    const child = startCli(["fleet", ...anywhere, "--data-dir", dataDirectory]);
    const line = await outputMatching(child.stdout, /^\{"ready":true.*\}\n/);
    const ready = JSON.parse(line) as Readonly<Record<string, unknown>>;
    assert.deepEqual(ready["source"], { kind: "brokers", addresses: ["127.0.0.1:1"] });
    assert.equal(ready["adminTokenFile"], join(dataDirectory, "admin.token"));
    const caller = new HttpCaller(String(ready["httpAddress"]));
    assert.equal((await caller.get("/healthz")).status, 200);
    child.kill("SIGTERM");
    assert.equal((await finished(child)).exitCode, 0);
  });

  it("greets people, takes brokers one by one, and settings from the environment and a file", async () => {
    const directory = newDirectory();
    const config = join(directory, "fleet.yaml");
    writeFileSync(config, "listen: 127.0.0.1:0\ndataDirectory: data\n");
    const words = ["--broker", "127.0.0.1:1", "--broker", "127.0.0.1:2", "--log-format", "text"];
    const environment = { PORTLEASE_FLEET_SERVER_CONFIG: config };
    const child = startCli(["fleet", ...words], { environment });
    const text = await outputMatching(child.stdout, /Ctrl\+C stops the fleet server/);
    assert.match(text, /hears +the brokers 127\.0\.0\.1:1, 127\.0\.0\.1:2/);
    assert.match(text, /portlease fleet status --address 127\.0\.0\.1:\d+ /);
    child.kill("SIGINT");
    assert.equal((await finished(child)).exitCode, 0);
  });

  it("stops when stdin ends, where that is asked for", async () => {
    const directory = join(newDirectory(), "data");
    const child = startCli(["fleet", ...anywhere, "--data-dir", directory, "--stop-on-stdin-end"]);
    assert.equal((await finished(child)).exitCode, 0);
  });

  it("reads its configuration again on SIGHUP", async () => {
    const directory = newDirectory();
    const config = join(directory, "fleet.yaml");
    writeFileSync(config, "retention: 1h\n");
    const child = startCli([
      "fleet",
      ...anywhere,
      "--data-dir",
      join(directory, "data"),
      "--config",
      config,
    ]);
    await outputMatching(child.stdout, /"ready":true/);
    writeFileSync(config, "retention: 2h\n");
    child.kill("SIGHUP");
    await outputMatching(child.stderr, /another retention counts from the next start on/);
    child.kill("SIGTERM");
    assert.equal((await finished(child)).exitCode, 0);
  });

  it("does not start without a source, and says how to give one", async () => {
    assertFails(await runCli(["fleet"]), 2, /nothing says where the fleet is: give --etcd/);
  });

  it("takes a subcommand that it does not have for a mistake", async () => {
    assertFails(await runCli(["fleet", "sttaus"]), 2, /status/);
  });
});
