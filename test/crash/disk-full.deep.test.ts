// A disk that is full for a while, with a real file system: clear refusals, nothing lost, and grants again by itself.

import assert from "node:assert/strict";
import { BrokerLab } from "../support/broker-lab.js";
import { BrokerDidNotStart } from "../support/broker-process.js";
import { withSeed } from "./support/seed.js";
import { describeWithSmallDisk, SmallDisk } from "./support/small-disk.js";
import { unwritableRounds } from "./support/unwritable-rounds.js";

const diskBytes = 16 * 1024 * 1024;

describeWithSmallDisk("A broker on a disk that fills up (semantics 1)", () => {
  let lab: BrokerLab;
  let disk: SmallDisk;

  beforeEach(async () => {
    lab = await BrokerLab.open();
    disk = await SmallDisk.mount(lab.newDirectory(), diskBytes);
  });

  afterEach(async () => {
    await lab.close();
    await disk.unmount();
  });

  it("refuses grants while it is full, goes on by itself, and loses nothing when it is killed then", () =>
    withSeed(async (random) => {
      const broker = await lab.start({
        poolSize: 200,
        flags: ["--pool-quarantine", "20ms"],
        dataDirectory: disk.newDirectory("data"),
        wrapper: disk.wrapper,
      });
      await unwritableRounds(lab, broker, random, {
        rounds: 6,
        answers: 300,
        block: () => disk.fill(),
        unblock: () => disk.free(),
        reason: /ENOSPC: no space left on device/,
      });
    })).timeout(180_000);

  it("starts on a full disk with a clear error, and then again when there is space", async () => {
    const dataDirectory = disk.newDirectory("data");
    const broker = await lab.start({ dataDirectory, wrapper: disk.wrapper });
    const lease = await lab.caller(broker).acquire();
    await broker.kill("SIGKILL");
    disk.fill();
    try {
      const full = await lab.restart(broker);
      // With what it has it may serve: then nothing is lost either.
      assert.equal((await lab.caller(full).renew(lease)).port, lease.port);
      await full.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof BrokerDidNotStart)) throw error;
      assert.equal(error.exit.exitCode, 1);
      assert.match(error.stderr, /full/);
    }
    disk.free();
    const back = await lab.restart(broker);
    assert.equal((await lab.caller(back).renew(lease)).port, lease.port);
  }).timeout(120_000);

  it("does not start on a disk that was mounted read-only, and says so", async () => {
    const dataDirectory = disk.newDirectory("data");
    const broker = await lab.start({ dataDirectory, wrapper: disk.wrapper });
    await broker.kill("SIGTERM");
    disk.makeReadOnly();
    const failure = await lab.failToStart({
      dataDirectory,
      wrapper: disk.wrapper,
      logFormat: "text",
    });
    assert.equal(failure.exit.exitCode, 1);
    assert.match(
      failure.stderr,
      /^portlease: the data directory .* cannot be written \(EROFS.*\n$/,
    );
  });
});
