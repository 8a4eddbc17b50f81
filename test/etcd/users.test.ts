// An etcd that asks who calls: tokens are fetched, refused, and fetched again.

import assert from "node:assert/strict";
import type { EtcdUser } from "#etcd/open-etcd.js";
import { describeWithEtcd } from "../support/etcd-program.js";
import { etcdClients, WatchRecord, withCode } from "../support/etcd-client.js";
import { TestEtcd } from "../support/etcd.js";
import { eventually } from "../support/eventually.js";
import { noteSecret } from "../support/test-output.js";

describeWithEtcd("an etcd with users", () => {
  const open = etcdClients();
  const firstPassword = "first-password-of-fleet";
  const secondPassword = "second-password-of-fleet";
  let etcd: TestEtcd;
  beforeEach(async () => {
    etcd = await TestEtcd.start();
    noteSecret(secondPassword);
  });
  afterEach(() => etcd.dispose());

  const put = (key: string) => ({ when: [], success: [{ put: key, value: "" }] });
  const user = (password = firstPassword): { user: EtcdUser } => ({
    user: { name: "fleet", password: () => password },
  });
  const requireUser = () => etcd.requireUser("fleet", firstPassword, "/fleet/");

  it("lets a user do what its roles allow, and nothing else", async () => {
    await requireUser();
    const client = open(etcd.endpoint, user());
    await client.transact(put("/fleet/a"));
    const { leaseId } = await client.grantLease(60);
    await client.keepAlive(leaseId);
    await client.revokeLease(leaseId);
    const record = new WatchRecord();
    client.watch({ prefix: "/fleet/", fromRevision: 1n }, record);
    await record.untilLines(1);
    const says = /etcd at .* was asked to .* said: .*permission denied.*Check the user/;
    await assert.rejects(client.transact(put("/other/a")), withCode("denied", says));
    await assert.rejects(client.range({ prefix: "/" }), withCode("denied", says));
    const denied = new WatchRecord();
    client.watch({ prefix: "/other/", fromRevision: 1n }, denied);
    assert.equal((await denied.untilEnd()).code, "denied");
    assert.equal(denied.end?.reason, "failed");
  });

  it("lets nobody in without a user, or with a wrong password, which is not repeated", async () => {
    await requireUser();
    await assert.rejects(open(etcd.endpoint).range({ prefix: "/fleet/" }), withCode("denied"));
    const wrong = open(etcd.endpoint, user(secondPassword));
    await assert.rejects(wrong.range({ prefix: "/fleet/" }), (error: Error) => {
      assert.doesNotMatch(String(error.stack), /-password-of/);
      return withCode("denied", /invalid user ID or password/)(error);
    });
    for (const client of [open(etcd.endpoint), wrong]) {
      const record = new WatchRecord();
      client.watch({ prefix: "/fleet/", fromRevision: 1n }, record);
      assert.equal((await record.untilEnd()).code, "denied");
    }
  });

  it("is told what is the matter with a password that cannot be read", async () => {
    await requireUser();
    const password = (): string => {
      throw new Error("there is no /etc/fleet.password");
    };
    await assert.rejects(
      open(etcd.endpoint, { user: { name: "fleet", password } }).range({ prefix: "/fleet/" }),
      withCode("denied", /fleet of etcd cannot be read: there is no/),
    );
  });

  it("has forgotten all tokens after a restart: calls and watches fetch new ones", async () => {
    await requireUser();
    const client = open(etcd.endpoint, user());
    const record = new WatchRecord();
    client.watch({ prefix: "/fleet/", fromRevision: 1n }, record);
    await client.transact(put("/fleet/a"));
    await record.untilLines(1);
    await etcd.kill();
    await eventually("an interruption", () => record.interruptions.length > 0);
    await etcd.startAgain();
    await client.transact(put("/fleet/b"));
    assert.deepEqual(await record.untilLines(2), ["put /fleet/a ", "put /fleet/b "]);
  });

  it("takes a changed password from the next token on", async () => {
    await requireUser();
    let password = firstPassword;
    const client = open(etcd.endpoint, { user: { name: "fleet", password: () => password } });
    await client.transact(put("/fleet/a"));
    await etcd.setPassword("fleet", secondPassword);
    await assert.rejects(client.transact(put("/fleet/a")), withCode("denied"));
    password = secondPassword;
    await client.transact(put("/fleet/a"));
  });

  it("is served by a client with a user before users are turned on, and after", async () => {
    const client = open(etcd.endpoint, user());
    await client.transact(put("/fleet/a"));
    await requireUser();
    await client.transact(put("/fleet/a"));
    const record = new WatchRecord();
    client.watch({ prefix: "/fleet/", fromRevision: 1n }, record);
    await record.untilLines(2);
  });

  it("keeps a token when roles change", async () => {
    await requireUser();
    const client = open(etcd.endpoint, user());
    await client.transact(put("/fleet/a"));
    await etcd.ctl("role", "grant-permission", "fleet", "--prefix=true", "readwrite", "/more/");
    await client.transact(put("/more/a"));
    await client.transact(put("/fleet/a"));
  });
});
