// A broker whose package is replaced while it runs, as by `npm install` of another version: it goes on with what it is, whole, until it is
// started again.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { BrokerLab } from "../support/broker-lab.js";
import { eventually } from "../support/eventually.js";
import { HttpCaller } from "../support/http-caller.js";
import { repositoryRoot } from "../support/repository.js";

describe("a broker whose program is replaced", () => {
  let lab: BrokerLab;

  before(async () => {
    lab = await BrokerLab.open();
  });

  after(() => lab.close());

  it("serves what nobody had asked it for before", async () => {
    const installed = installedCopy(lab.newDirectory());
    const program = join(installed, "dist", "portlease");
    const flags = ["--http-listen", "127.0.0.1:0", "--log-level", "debug"];
    const broker = await lab.start({ cliPath: join(program, "main.js"), flags });
    await eventually("what is seldom needed is loaded", () =>
      broker.stderr.includes("what is seldom needed is loaded"),
    );
    rmSync(program, { recursive: true });
    const caller = new HttpCaller(broker.ready.httpAddress ?? "");
    const metrics = await caller.get("/metrics");
    assert.match(metrics.text, /^portlease_/m);
    const answer = await caller.call("AdminService/GetBroker");
    assert.equal(answer.status, 200, answer.text);
  });
});

/** As npm lays it out, with the packages of this checkout. */
function installedCopy(folder: string): string {
  mkdirSync(join(folder, "dist"));
  for (const path of ["package.json", join("dist", "portlease"), join("dist", "clients")]) {
    cpSync(join(repositoryRoot, path), join(folder, path), { recursive: true });
  }
  symlinkSync(join(repositoryRoot, "node_modules"), join(folder, "node_modules"), "junction");
  return folder;
}
