// When a fleet server does not start, and that it leaves nothing behind then.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import type { FleetServerConfig } from "#fleet/config/fleet-config.js";
import { brokersSource, startTestFleet, type TestFleet } from "../../support/running-fleet.js";
import { startTestBroker } from "../../support/running-broker.js";
import { temporaryDirectories } from "../../support/temporary-directory.js";

const nowhere = brokersSource("127.0.0.1:1");

describe("a fleet server does not start", () => {
  const newDirectory = temporaryDirectories();

  async function refusal(changed: Partial<FleetServerConfig>, source = nowhere): Promise<unknown> {
    let started: TestFleet;
    try {
      started = await startTestFleet(source, changed);
    } catch (error) {
      return error;
    }
    await started.dispose();
    throw new Error("it started");
  }

  it("in the data directory of another one, and says which process has it", async () => {
    const first = await startTestFleet(nowhere);
    try {
      const { dataDirectory } = first;
      const error = await refusal({ dataDirectory });
      assert.ok(error instanceof Error && "code" in error);
      assert.equal(error.code, "CANNOT_OPEN_STORE");
      assert.ok(error.message.includes(`is in use by another process (pid ${process.pid})`));
      assert.match(error.message, /give this one another --data-dir/);
    } finally {
      await first.dispose();
    }
  });

  it("in the data directory of a broker", async () => {
    const broker = await startTestBroker();
    try {
      const error = await refusal({ dataDirectory: broker.dataDirectory });
      assert.match(String(error), /each fleet server and each broker needs its own/);
    } finally {
      await broker.dispose();
    }
  });

  it("where another program listens", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    assert.ok(typeof address === "object" && address !== null);
    const error = await refusal({ listen: `127.0.0.1:${address.port}` });
    assert.match(String(error), /another program listens there, perhaps another broker or fleet/);
    other.close();
    await once(other, "close");
  });

  it("with a password of etcd that others can read", async () => {
    const passwordFile = join(newDirectory(), "password");
    writeFileSync(passwordFile, "planted-password-of-etcd", { mode: 0o644 });
    const files = { caFile: null, certFile: null, keyFile: null };
    const etcd = { url: "etcd://127.0.0.1:1", user: "fleet", passwordFile, ...files };
    const error = await refusal({}, { kind: "etcd", etcd });
    assert.match(String(error), /password.* others may read or write it/);
    assert.doesNotMatch(String(error), /planted/);
  });

  it("with authorities of etcd that are none", async () => {
    const caFile = join(newDirectory(), "ca.crt");
    writeFileSync(caFile, "nothing");
    const access = { user: null, passwordFile: null, certFile: null, keyFile: null };
    const etcd = { url: "etcds://127.0.0.1:1", caFile, ...access };
    const error = await refusal({}, { kind: "etcd", etcd });
    assert.ok(error instanceof Error && "code" in error && error.code === "CANNOT_SECURE");
  });

  it("without the key of its certificate", async () => {
    const tls = { certFile: "/nowhere.crt", keyFile: "/nowhere.key", clientCaFile: null };
    const others = { requireClientCertificate: false, identities: [] };
    const error = await refusal({ tls: { ...tls, ...others } });
    assert.match(String(error), /\/nowhere\.crt/);
  });
});
