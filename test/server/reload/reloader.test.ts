// One reload after the other: everything is checked before anything changes, and what fails is told and tried again.

import assert from "node:assert/strict";
import type { LoadedConfig } from "#server/config/load-config.js";
import { Reloader, type ReloadTargets } from "#server/reload/reloader.js";
import { StartError } from "#server/start-error.js";
import { refusal } from "../../support/broker-error.js";
import { load } from "../../support/config-world.js";
import { silentLog } from "../../support/silent-log.js";

describe("Reloader", () => {
  let file: unknown;
  let done: string[];
  let failing: string | null;
  let reloader: Reloader;

  const loaded = (): LoadedConfig => load({ file: JSON.stringify(file) });

  function attempt(what: string): void {
    if (failing === what) throw new Error("the disk is full");
    done.push(what);
  }

  beforeEach(() => {
    file = { pools: [{ name: "a", size: 4 }] };
    done = [];
    failing = null;
    const targets: ReloadTargets = {
      prepareAccess: () => {
        if (failing === "access") throw new StartError("CANNOT_SECURE", "ci.token is not there");
        return {
          apply: () => {
            attempt("access");
            return { tokens: true, certificate: false };
          },
        };
      },
      applySettings: ({ log }) => attempt(`log ${log.level}`),
      keepHistory: async ({ changesMax }) => attempt(`history ${changesMax}`),
      pools: {
        open: async ({ name }) => attempt(`open ${name}`),
        change: ({ name }) => attempt(`change ${name}`),
        retire: async (name) => attempt(`retire ${name}`),
      },
    };
    const { config, sources } = loaded();
    reloader = new Reloader(config, { sources, load: loaded }, targets, silentLog);
  });

  it("brings what is new into force, retired pools before those that may want their ports", async () => {
    file = { log: { level: "debug" }, pools: [{ name: "b" }, { name: "default", pick: "random" }] };
    const report = await reloader.reload(false);
    assert.deepEqual(done, [
      "access",
      "log debug",
      "retire a",
      "change default",
      "open b",
      "history 100000",
    ]);
    assert.equal(report.applied.length, 5);
    assert.deepEqual([report.needsRestart, report.failed], [[], []]);
    assert.deepEqual(reloader.config, loaded().config);
    assert.equal(reloader.sources.get("log.level")?.kind, "file");
    assert.equal(reloader.sources.get("pools.a.size"), undefined);
  });

  it("changes nothing when only asked whether it could, and says what it would", async () => {
    file = { log: { level: "debug" }, pools: [{ name: "b" }], listen: "127.0.0.1:7700" };
    const { applied, needsRestart } = await reloader.reload(true);
    assert.deepEqual([applied.length, needsRestart.length, done], [3, 1, []]);
    assert.equal(reloader.config.log.level, "info");
  });

  it("refuses a configuration that no start would take, with its path, and changes nothing", async () => {
    file = { log: { level: "debug" }, pools: [{ name: "a", size: -4 }] };
    const error = await refusal(reloader.reload(false), "field_invalid");
    assert.equal(error.details.field, "pools[0].size");
    assert.match(error.message, /^nothing was reloaded: .*config\.yaml line 1: pools\[0\]\.size/);
    file = { log: { level: "debug" } };
    failing = "access";
    const unreadable = await refusal(reloader.reload(false), "field_invalid");
    assert.match(unreadable.message, /ci\.token is not there/);
    assert.deepEqual(done, []);
    assert.equal(reloader.config.log.level, "info");
  });

  it("tells what failed, does the rest, and tries it again the next time", async () => {
    file = { pools: [{ name: "b" }, { name: "c" }] };
    failing = "open b";
    const first = await reloader.reload(false);
    assert.deepEqual(first.failed, ['pool "b": the disk is full']);
    assert.ok(done.includes("open c"));
    assert.ok(!reloader.config.pools.some(({ name }) => name === "b"));
    failing = "retire c";
    file = {};
    const second = await reloader.reload(false);
    assert.deepEqual(second.failed, ['pool "c": the disk is full']);
    [failing, done] = [null, []];
    file = { pools: [{ name: "b" }] };
    assert.deepEqual((await reloader.reload(false)).failed, []);
    assert.ok(done.includes("open b") && done.includes("retire c"));
  });

  it("keeps the source of what waits for a restart", async () => {
    file = { pools: [{ name: "a", size: 4 }], listen: "127.0.0.1:7700" };
    await reloader.reload(false);
    assert.equal(reloader.sources.get("listen")?.kind, "default");
    assert.equal(reloader.config.listen, "127.0.0.1:7600");
  });

  it("does one reload after the other", async () => {
    file = { pools: [{ name: "b" }] };
    const both = [reloader.reload(false), reloader.reload(false)];
    const [first, second] = await Promise.all(both);
    assert.equal(first?.applied.length, 3);
    assert.deepEqual(second?.applied, ["the tokens that are valid are others than before"]);
    assert.equal(done.filter((what) => what === "open b").length, 1);
  });
});
