// docs/fleet.md against the code: the documents that it shows are what brokers write, the configurations are taken, and the rights that
// it gives in etcd are enough, and no more.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readHost, writeHost } from "#fleet/records/host-json.js";
import { readLease, writeLease } from "#fleet/records/lease-json.js";
import { readPresence, writePresence } from "#fleet/records/presence-json.js";
import type { ReadResult } from "#fleet/records/read-record.js";
import { noDefaults } from "#fleet/sources/brokers/broker-target.js";
import { readBrokersFile } from "#fleet/sources/brokers/brokers-file.js";
import { load } from "../support/config-world.js";
import { samplesOf } from "../support/document-samples.js";
import { etcdOfSuite } from "../support/etcd.js";
import { etcdClients, withCode } from "../support/etcd-client.js";
import { describeWithEtcd } from "../support/etcd-program.js";
import { repositoryRoot } from "../support/repository.js";
import { temporaryDirectories } from "../support/temporary-directory.js";
import { noteSecret } from "../support/test-output.js";

const page = readFileSync(join(repositoryRoot, "docs", "fleet.md"), "utf8");
const samples = samplesOf("docs/fleet.md");
const [host = "", presence = "", lease = ""] = textsOf("json");

function textsOf(language: string): readonly string[] {
  return samples.filter((sample) => sample.language === language).map(({ text }) => text);
}

/** What keeps etcd from filling up, as it is started under "Set up in five minutes". */
const roomFlags = [
  ...(/^ {3}```sh\n([\s\S]*?)^ {3}```$/m.exec(page)?.[1]?.matchAll(/--(?:auto|quota)\S+/g) ?? []),
].map(([flag]) => flag);

describe("docs/fleet.md", () => {
  const newDirectory = temporaryDirectories();

  it("shows records as brokers write them", () => {
    const written = [
      writeHost(recordOf(readHost(Buffer.from(host)))),
      writePresence(recordOf(readPresence(Buffer.from(presence)))),
      writeLease(recordOf(readLease(Buffer.from(lease)))),
    ];
    assert.deepEqual(
      written.map((text) => JSON.parse(text) as unknown),
      [host, presence, lease].map((text) => JSON.parse(text) as unknown),
    );
  });

  it("says what each member of a host and of a lease is", () => {
    for (const [heading, sample] of [
      ["A host", host],
      ["A lease", lease],
    ] as const) {
      const told = [...sectionOf(heading).matchAll(/^\| (`[^|]*`) +\|/gm)]
        .flatMap(([, names = ""]) => names.split(", "))
        .map((name) => name.replaceAll("`", "").trim());
      const members = Object.keys(JSON.parse(sample) as object).filter((name) => name !== "v");
      assert.deepEqual(told.toSorted(), members.toSorted(), heading);
    }
  });

  it("gives etcd the same room by flags and by variables", () => {
    const variables = (textsOf("ini")[0] ?? "").trim().split("\n");
    assert.equal(roomFlags.length, 3);
    // https://etcd.io/docs/v3.4/op-guide/configuration/
    const named = roomFlags.map((flag) => {
      const [name = "", value] = flag.slice(2).split("=");
      return `ETCD_${name.replaceAll("-", "_").toUpperCase()}=${value}`;
    });
    assert.deepEqual(variables, named);
  });

  it("has a configuration of a broker, and a list of brokers, that are taken", () => {
    const broker = /^ {3}```yaml\n([\s\S]*?)^ {3}```$/m.exec(page)?.[1]?.replaceAll(/^ {3}/gm, "");
    const { fleet } = load({ file: broker ?? "" }).config;
    assert.deepEqual(
      [fleet?.etcd, fleet?.labels],
      ["etcd://etcd.example.com", { zone: "a", rack: "a7" }],
    );
    const folder = newDirectory();
    const path = join(folder, "brokers.yaml");
    writeFileSync(path, textsOf("yaml")[0] ?? "");
    const brokers = readBrokersFile(path, noDefaults);
    assert.deepEqual(
      brokers.map(({ address, name, caFile }) => [address, name, caFile]),
      [
        ["web-1.example.com:7600", null, join(folder, "ca.pem")],
        ["web-2.example.com:7600", "web-2-blue", join(folder, "ca.pem")],
        ["10.0.0.7:7600", null, join(folder, "old-ca.pem")],
      ],
    );
  });
});

describeWithEtcd("the rights of docs/fleet.md", function () {
  this.timeout(60_000);
  // It starts with the flags of the page, too.
  const etcd = etcdOfSuite({ flags: roomFlags });
  const open = etcdClients();

  before(async () => {
    const commands = textsOf("sh").join("").split("\n").filter(Boolean);
    for (const command of commands) {
      const [program, ...words] = command.split(" ");
      assert.equal(program, "etcdctl");
      await etcd().ctl(...words);
    }
    noteSecret("root-of-docs-fleet");
    await etcd().ctl("user", "add", "root:root-of-docs-fleet");
    await etcd().ctl("user", "grant-role", "root", "root");
    await etcd().ctl("auth", "enable");
  });

  const as = (user: string, password: string) =>
    open(etcd().endpoint, { user: { name: user, password: () => password } });
  const put = (key: string) => ({ when: [], then: [{ put: key, value: "{}" }] });

  it("let a broker write what is its own, and read or write nothing of others", async () => {
    const broker = as("web-1", "CHANGE-ME");
    const { leaseId } = await broker.grantLease(10);
    await broker.keepAlive(leaseId);
    const presenceKey = "/portlease/presence/web-1";
    await broker.transact({
      when: [{ key: presenceKey, modRevision: 0n }],
      then: [{ put: presenceKey, value: "{}", leaseId }],
    });
    await broker.transact({
      when: [{ key: presenceKey, leaseId }],
      then: [
        { put: "/portlease/hosts/web-1", value: "{}" },
        { put: "/portlease/leases/web-1/one", value: "{}" },
        { delete: "/portlease/leases/web-1/two" },
      ],
    });
    assert.equal((await broker.range({ prefix: "/portlease/leases/web-1/" })).entries.length, 1);
    await broker.revokeLease(leaseId);
    for (const key of ["hosts/web-2", "presence/web-2", "leases/web-2/one", "hosts/web-10"]) {
      await assert.rejects(broker.transact(put(`/portlease/${key}`)), withCode("denied"), key);
    }
    await assert.rejects(broker.range({ prefix: "/portlease/leases/" }), withCode("denied"));
  });

  it("let a fleet server read everything below the prefix, remove hosts, and do nothing elsewhere", async () => {
    const server = as("fleet", "CHANGE-ME-TOO");
    const { entries } = await server.range({ prefix: "/portlease/" });
    assert.ok(entries.some(({ key }) => key === "/portlease/hosts/web-1"));
    await server.transact({
      when: [],
      then: [{ deletePrefix: "/portlease/leases/web-1/" }, { delete: "/portlease/hosts/web-1" }],
    });
    await assert.rejects(server.transact(put("/elsewhere")), withCode("denied"));
  });
});

function recordOf<Model>(read: ReadResult<Model>): Model {
  assert.ok("record" in read, "why" in read ? read.why : "");
  return read.record;
}

/** What stands under a heading, up to the next one. */
function sectionOf(heading: string): string {
  return page.split(`\n### ${heading}\n`)[1]?.split(/^#{2,3} /m)[0] ?? "";
}
