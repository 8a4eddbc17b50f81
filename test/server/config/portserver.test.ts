// The setting of a portserver, and what it does to the pool that it gives ports of.

import assert from "node:assert/strict";
import type { PoolConfig } from "#server/config/config.js";
import { load, type LoadInput, refusal } from "../../support/config-world.js";

const portserver = { "--portserver": "@suite" };

function poolOf(input: LoadInput): PoolConfig {
  const { pools } = load(input).config;
  return pools.find(({ name }) => name === "portserver") ?? assert.fail();
}

function message(input: LoadInput): string {
  return refusal(input).message;
}

describe("The setting of a portserver", () => {
  it("comes from a flag, its variable or the file, and is off by default", () => {
    const values = [
      load().config.portserver,
      load({ flags: portserver }).config.portserver,
      load({ environment: { PORTLEASE_PORTSERVER: "/run/ports.sock" } }).config.portserver,
      load({ file: 'portserver: "\\\\\\\\.\\\\pipe\\\\ports"' }).config.portserver,
    ];
    assert.deepEqual(values, [null, "@suite", "/run/ports.sock", String.raw`\\.\pipe\ports`]);
  });

  for (const wrong of ["", "@", "suite", "./suite", "127.0.0.1:7602", `@${"x".repeat(100)}`]) {
    it(`refuses "${wrong.slice(0, 20)}", which clients would not find or others could reach`, () => {
      const file = `portserver: ${JSON.stringify(wrong)}`;
      assert.match(message({ file }), /portserver is .*: it must be @name, the absolute path/);
    });
  }

  it("brings a pool whose ports are bound as any other, in both protocols, and which grows", () => {
    const { protocol, bind, kind, size, sizeMax } = poolOf({ flags: portserver });
    assert.deepEqual(
      [protocol, bind, kind, size, sizeMax],
      ["tcp-and-udp", "plain", "auto", 256, 2_048],
    );
    const onWindows = poolOf({ flags: portserver, platform: "win32" });
    assert.deepEqual([onWindows.bind, onWindows.kind], ["plain", "administered"]);
  });

  it("brings no pool where there is none, and changes none of that name", () => {
    assert.deepEqual(
      load().config.pools.map(({ name }) => name),
      ["default"],
    );
    const { protocol, bind, sizeMax } = poolOf({ file: "pools: [{name: portserver}]" });
    assert.deepEqual([protocol, bind, sizeMax], ["tcp", "auto", 256]);
  });

  it("gives way to what is written of the pool", () => {
    const file = "pools: [{name: portserver, protocol: tcp, size: 16, maxSize: 16, start: 30000}]";
    const { protocol, bind, size, sizeMax, start } = poolOf({ flags: portserver, file });
    assert.deepEqual([protocol, bind, size, sizeMax, start], ["tcp", "plain", 16, 16, 30_000]);
  });

  it("refuses a pool whose ports its clients could not bind", () => {
    const held = "pools: [{name: portserver, bind: auto, kind: held}]";
    assert.match(
      message({ flags: portserver, file: held }),
      /portserver\.bind is auto, but portserver is set .*use bind plain/,
    );
    const tokens = "pools: [{name: portserver, kind: runtime}]";
    assert.match(
      message({ flags: portserver, file: tokens }),
      /bind is plain, but pools\.portserver\.kind is runtime .*with a token only/,
    );
    const administered = "pools: [{name: portserver, bind: auto, kind: administered}]";
    assert.equal(poolOf({ flags: portserver, file: administered }).kind, "administered");
  });

  it("refuses a name that anybody may use where callers need tokens", () => {
    const flags = { ...portserver, "--require-token": "true" };
    assert.match(message({ flags }), /portserver is @suite, but requireToken is true/);
    const path = { "--portserver": "/run/ports.sock", "--require-token": "true" };
    assert.equal(load({ flags: path }).config.portserver, "/run/ports.sock");
  });
});
