// What a fleet server says of hosts is what others wrote into etcd: no line and no terminal sequence of theirs leaves the line that it
// stands on.

import assert from "node:assert/strict";
import { runInProcess } from "../../support/cli-in-process.js";
import { type FakeBroker, startFakeBroker } from "../../support/fake-broker.js";

describe("what strangers wrote into the fleet", () => {
  const odd = "10.0.0.1\n\u001b[2J10.9.9.9";
  let server: FakeBroker;

  before(async () => {
    server = await startFakeBroker(
      {},
      {},
      {
        findService: () => ({
          endpoints: [
            { address: odd, port: 20_417, lease: undefined },
            { address: "fd00::1", port: 20_418, lease: undefined },
            { address: "[fd00::2]", port: 20_419, lease: undefined },
          ],
          nextPageToken: "",
        }),
        listProblems: () => ({
          problems: [
            {
              hostId: "web-1",
              problem: {
                severity: 2,
                reason: odd,
                message: odd,
                remedy: "",
                pool: "",
                blockId: "",
                port: 0,
                leaseId: "",
              },
            },
          ],
          nextPageToken: "",
          totalSize: 1,
        }),
      },
    );
  });

  after(() => server.stop());

  const linesOf = async (...words: readonly string[]): Promise<readonly string[]> => {
    const { exitCode, stdout, stderr } = await runInProcess([
      "fleet",
      ...words,
      "--address",
      server.address,
    ]);
    assert.equal(exitCode, 0, stderr);
    return stdout.trimEnd().split("\n");
  };

  it("is a line of find for each endpoint, with an IPv6 address in brackets once", async () => {
    assert.deepEqual(await linesOf("find", "orders"), [
      String.raw`10.0.0.1\u000a\u001b[2J10.9.9.9:20417`,
      "[fd00::1]:20418",
      "[fd00::2]:20419",
    ]);
  });

  it("is one name for each problem", async () => {
    assert.deepEqual(await linesOf("problems", "-o", "name"), [
      String.raw`web-1 10.0.0.1\u000a\u001b[2J10.9.9.9`,
    ]);
  });
});
