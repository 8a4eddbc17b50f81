// Every guess of test/wine/portpool/behaviour.h can be switched; the product is tested under the other values too.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../support/repository.js";
import type { PoolCaller } from "./support/pool-caller.js";
import { PoolLab } from "./support/pool-lab.js";
import { describeInWine } from "./support/wine-lab.js";

describeInWine("the guesses of the Wine lab", () => {
  let lab: PoolLab;
  let caller: PoolCaller;
  let stranger: PoolCaller;

  before(async () => {
    lab = await PoolLab.open();
    [caller, stranger] = await Promise.all([lab.caller(), lab.caller()]);
  });

  beforeEach(() => lab.pool.reset());

  after(() => lab.close());

  /** A socket that is associated with a persistent run of two ports. */
  async function associated(): Promise<{ socket: number; firstPort: number; token: string }> {
    const firstPort = await lab.take(3);
    const { token = "0" } = await caller.create("tcp", firstPort, 2);
    const socket = await caller.socket();
    assert.equal(await caller.associate(socket, token), 0);
    return { socket, firstPort, token };
  }

  /** A runtime reservation of one port with a socket that is bound there. */
  async function boundAtRuntime(): Promise<{ holder: number; port: number; token: string }> {
    const port = await lab.take(1);
    const holder = await caller.socket();
    const { token } = await caller.acquire(holder, port, 1);
    const socket = await caller.socket();
    await caller.associate(socket, token);
    assert.equal((await caller.bind(socket, port)).error, 0);
    return { holder, port, token };
  }

  const cases: Readonly<Record<string, () => Promise<number>>> = {
    "explicit-bind-in-run": async () => {
      const { socket, firstPort } = await associated();
      return (await caller.bind(socket, firstPort + 1)).error;
    },
    "bind-outside-run": async () => {
      const { socket, firstPort } = await associated();
      return (await caller.bind(socket, firstPort + 2)).error;
    },
    "bind-after-delete": async () => {
      const { socket, firstPort } = await associated();
      await stranger.delete("tcp", firstPort, 2);
      return (await caller.bind(socket, firstPort)).error;
    },
    "bind-run-full": async () => {
      const { socket, token } = await associated();
      for (let port = 0; port < 2; port += 1) {
        const other = await caller.socket();
        await caller.associate(other, token);
        assert.equal((await caller.bind(other, 0)).error, 0);
      }
      return (await caller.bind(socket, 0)).error;
    },
    "associate-unknown-token": async () => caller.associate(await caller.socket(), "77"),
    "associate-foreign-token": async () => {
      const { token } = await boundAtRuntime();
      return stranger.associate(await stranger.socket(), token);
    },
    "associate-after-bind": async () => {
      const { socket, token } = await associated();
      await caller.bind(socket, 0);
      return caller.associate(socket, token);
    },
    "acquire-overlap": async () => {
      const { firstPort } = await associated();
      return (await stranger.acquire(await stranger.socket(), firstPort, 1)).error;
    },
    "acquire-while-bound": async () => {
      const port = await lab.take(1);
      await stranger.bind(await stranger.socket(), port);
      return (await caller.acquire(await caller.socket(), port, 1)).error;
    },
    "acquire-none-left": async () => {
      await lab.pool.setDynamicRange(await lab.take(1), 1);
      return (await caller.acquire(await caller.socket(), 0, 2)).error;
    },
    "release-while-bound": async () => {
      const { holder, token } = await boundAtRuntime();
      return caller.release(holder, token);
    },
    "release-persistent-token": async () => {
      const { socket, token } = await associated();
      return caller.release(socket, token);
    },
    "delete-while-bound": async () => {
      const { socket, firstPort } = await associated();
      await caller.bind(socket, firstPort);
      return (await caller.delete("tcp", firstPort, 2)).error;
    },
  };

  /** Shown by the tests of restarts and of netsh. */
  const elsewhere = [
    "tokens-kept-at-reboot",
    "netsh-shows-persistent",
    "netsh-shows-runtime",
    "table-names-owner",
  ];

  it("are all in this list, and in docs/wine-lab.md", async () => {
    const { guesses } = await lab.pool.state();
    const text = readFileSync(join(repositoryRoot, "docs", "wine-lab.md"), "utf8");
    const rows = [...text.matchAll(/^\| `([a-z-]+)` +\| (\d+) /gm)];
    assert.deepEqual(
      Object.fromEntries(rows.map(([, name, value]) => [name, Number(value)])),
      guesses,
    );
    assert.deepEqual(
      Object.keys(guesses).toSorted(),
      [...Object.keys(cases), ...elsewhere].toSorted(),
    );
  });

  for (const [name, call] of Object.entries(cases)) {
    it(`${name}: is answered by default as documented there, and with another error when switched`, async () => {
      const { guesses } = await lab.pool.state();
      assert.equal(await call(), guesses[name]);
      await lab.pool.guess(name, 10_049);
      assert.equal(await call(), 10_049);
    });
  }

  it("can let a socket acquire around what is bound", async () => {
    await lab.pool.guess("acquire-while-bound", 0);
    assert.equal(await cases["acquire-while-bound"]?.(), 0);
  });

  for (const name of ["bind-outside-run", "bind-after-delete", "bind-run-full"]) {
    it(`${name}: can be allowed, as without an association`, async () => {
      await lab.pool.guess(name, 0);
      assert.equal(await cases[name]?.(), 0);
    });
  }

  it("associate-unknown-token: can be allowed, and then changes nothing", async () => {
    const { firstPort } = await associated();
    await lab.pool.guess("associate-unknown-token", 0);
    const socket = await caller.socket();
    assert.equal(await caller.associate(socket, "77"), 0);
    assert.equal((await caller.bind(socket, firstPort)).error, 10_013);
    assert.equal(await caller.release(socket, "77"), 0);
  });

  it("acquire-none-left: can be nothing but an error", async () => {
    await assert.rejects(lab.pool.guess("acquire-none-left", 0));
  });

  it("can be other ones for one process", async () => {
    const environment = {
      PORTPOOL_GUESSES: "associate-unknown-token=10013,bind-outside-run=10049",
    };
    const other = await lab.caller({ environment });
    assert.equal(await other.associate(await other.socket(), "77"), 10_013);
    assert.equal(await caller.associate(await caller.socket(), "77"), 10_022);
  });
});
