// An etcd by TLS: whose certificates are believed, and by which of ours it knows us.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openEtcd } from "#etcd/open-etcd.js";
import { CertificateAuthority, type Issued } from "../support/certificates.js";
import { describeWithEtcd } from "../support/etcd-program.js";
import { etcdClients, WatchRecord, withCode } from "../support/etcd-client.js";
import { type EtcdTls, TestEtcd } from "../support/etcd.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

describeWithEtcd("an etcd by TLS", () => {
  const directory = temporaryDirectories();
  const open = etcdClients();
  const authority = new CertificateAuthority();
  const stranger = new CertificateAuthority("another authority");
  const put = { when: [], success: [{ put: "/a", value: "" }] };
  let folder: string;
  let etcd: TestEtcd;

  function write(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }

  const writePair = (name: string, { cert, key }: Issued) => ({
    certFile: write(`${name}.pem`, cert),
    keyFile: write(`${name}.key`, key),
  });

  async function start(name: string, clientCertAuth: boolean): Promise<EtcdTls> {
    folder = directory();
    const own = writePair("client", authority.issue({ commonName: "fleet" }));
    const tls = {
      caFile: write("ca.pem", authority.cert),
      ...writePair("etcd", authority.issue({ commonName: "etcd", names: [name] })),
      ...(clientCertAuth ? { clientCertAuth: own } : {}),
    };
    etcd = await TestEtcd.start({ tls });
    return tls;
  }
  afterEach(() => etcd.dispose());

  it("is believed by the authority of its certificate, at an IP address", async () => {
    const { caFile } = await start("IP:127.0.0.1", false);
    const client = open(etcd.endpoint, { secure: true, tls: { caFile } });
    await client.transact(put);
    const record = new WatchRecord();
    client.watch({ prefix: "/a", fromRevision: 1n }, record);
    await record.untilLines(1);
  });

  it("is not believed when its certificate is of another, or for another host", async () => {
    const { caFile } = await start("IP:127.0.0.9", false);
    const strange = write("strange.pem", stranger.cert);
    for (const [file, says] of [
      [strange, /signature|issuer|certificate/],
      [caFile, /127\.0\.0\.1/],
      [undefined, /certificate/],
    ] as const) {
      const client = open(etcd.endpoint, { secure: true, tls: { caFile: file } });
      await assert.rejects(client.transact(put), withCode("unavailable", says));
    }
  });

  it("knows its clients by their certificates", async () => {
    const { caFile, clientCertAuth = {} } = await start("IP:127.0.0.1", true);
    const known = { caFile, ...clientCertAuth };
    await open(etcd.endpoint, { secure: true, tls: known }).transact(put);
    const other = writePair("other", stranger.issue({ commonName: "fleet" }));
    for (const tls of [{ caFile }, { caFile, ...other }]) {
      const client = open(etcd.endpoint, { secure: true, tls });
      await assert.rejects(client.transact(put), withCode("unavailable"));
    }
  });

  it("is reached with renewed files by the same client", async () => {
    await start("IP:127.0.0.1", false);
    const caFile = write("renewed.pem", stranger.cert);
    const client = open(etcd.endpoint, { secure: true, tls: { caFile } });
    await assert.rejects(client.transact(put), withCode("unavailable"));
    write("renewed.pem", authority.cert);
    await client.transact(put);
  });

  it("is not reached without TLS, nor one without TLS by it", async () => {
    const { caFile } = await start("IP:127.0.0.1", false);
    await assert.rejects(open(etcd.endpoint).transact(put), withCode("unavailable"));
    await etcd.dispose();
    etcd = await TestEtcd.start();
    const client = open(etcd.endpoint, { secure: true, tls: { caFile } });
    await assert.rejects(client.transact(put), withCode("unavailable"));
  });

  it("is not opened with files that are none, and says which", async () => {
    await start("IP:127.0.0.1", false);
    const noCertificate = write("no.pem", "nothing");
    for (const caFile of [noCertificate, join(folder, "missing.pem")]) {
      const options = { endpoints: [etcd.endpoint], secure: true, tls: { caFile } };
      assert.throws(() => openEtcd(options), withCode("refused", new RegExp(caFile)));
    }
  });
});
