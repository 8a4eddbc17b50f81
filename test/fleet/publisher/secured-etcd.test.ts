// Brokers that publish to an etcd with users, TLS and client certificates, and such as it refuses.

import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { AccessFiles, loopbackNames } from "../../support/access-lab.js";
import { BrokerLab } from "../../support/broker-lab.js";
import { type EtcdTls, TestEtcd } from "../../support/etcd.js";
import { etcdClients } from "../../support/etcd-client.js";
import { describeWithEtcd } from "../../support/etcd-program.js";
import { temporaryDirectories } from "../../support/temporary-directory.js";
import { untilProblem } from "./broker-problems.js";
import { publishedEventually } from "./published.js";

const prefix = "/ports/";
const password = "password-of-the-user-ports";

describeWithEtcd("a broker with --fleet and an etcd that asks who it is", () => {
  const newDirectory = temporaryDirectories();
  const client = etcdClients();
  let lab: BrokerLab;
  let etcd: TestEtcd;
  let files: AccessFiles;
  let tls: EtcdTls & { readonly clientCertAuth: { certFile: string; keyFile: string } };

  before(async () => {
    lab = await BrokerLab.open();
    files = new AccessFiles(newDirectory());
    const server = files.authority.issue({ commonName: "etcd", names: loopbackNames });
    const broker = files.authority.issue({ commonName: "broker" });
    tls = {
      caFile: files.write("ca.pem", files.authority.cert),
      certFile: files.write("etcd.pem", server.cert),
      keyFile: files.write("etcd.key", server.key),
      clientCertAuth: {
        certFile: files.write("broker.pem", broker.cert),
        keyFile: files.write("broker.key", broker.key),
      },
    };
    etcd = await TestEtcd.start({ tls });
    await etcd.requireUser("ports", password, prefix);
  });
  after(async () => {
    await lab.close();
    await etcd.dispose();
  });

  const flagsWith = (passwordFile: string): readonly string[] => {
    const { certFile, keyFile } = tls.clientCertAuth;
    const flags = {
      fleet: etcd.url(prefix),
      "fleet-host-id": "web-1",
      "fleet-user": "ports",
      "fleet-password-file": passwordFile,
      "fleet-ca-file": tls.caFile,
      "fleet-cert-file": certFile,
      "fleet-key-file": keyFile,
    };
    return Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  };

  it("publishes as the user that it is given", async () => {
    const passwordFile = files.write("etcd.password", `${password}\n`);
    const broker = await lab.start({ flags: flagsWith(passwordFile) });
    const { leaseId } = await lab.caller(broker).acquire({});
    const { certFile, keyFile } = tls.clientCertAuth;
    const reader = client(etcd.endpoint, {
      secure: true,
      tls: { caFile: tls.caFile, certFile, keyFile },
      user: { name: "ports", password: () => password },
    });
    await publishedEventually(reader, prefix, "the lease", ({ leases }) => leases.has(leaseId));
    await broker.kill("SIGTERM");
    assert.ok(!broker.stderr.includes(password));
  });

  it("says that etcd refuses it, and grants all the same", async () => {
    const passwordFile = files.write("wrong.password", "another-password-than-that-one");
    const broker = await lab.start({ flags: flagsWith(passwordFile) });
    const caller = lab.caller(broker);
    const { message } = await untilProblem(caller, "FLEET_UNREACHABLE");
    assert.match(message, /ports/);
    assert.ok(!`${message}${broker.stderr}`.includes("another-password"));
    await caller.acquire({});
  });

  it("refuses to start with a password that others may read, and without the files of TLS", async () => {
    const passwordFile = files.write("open.password", password);
    chmodSync(passwordFile, 0o644);
    const open = await lab.failToStart({ flags: flagsWith(passwordFile) });
    assert.match(open.stderr, /the password file .*open\.password cannot be used: others may read/);
    const flags = ["--fleet", etcd.url(prefix), "--fleet-ca-file", "/nowhere/ca.pem"];
    const missing = await lab.failToStart({ flags });
    assert.match(missing.stderr, /\/nowhere\/ca\.pem/);
    assert.ok(!`${open.stderr}${missing.stderr}`.includes(password));
  });
});
