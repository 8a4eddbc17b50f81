// The list of brokers in a file: what it may have in it, and that it is followed.

import assert from "node:assert/strict";
import { join } from "node:path";
import type { BrokerList } from "#fleet/sources/brokers/broker-list.js";
import {
  BrokerListError,
  brokersMax,
  type BrokerTarget,
  givenBrokers,
  noDefaults,
} from "#fleet/sources/brokers/broker-target.js";
import { BrokersFile, readBrokersFile } from "#fleet/sources/brokers/brokers-file.js";
import { systemPacing } from "#fleet/sources/pacing.js";
import { replaceFile } from "../../../support/access-lab.js";
import { eventually } from "../../../support/eventually.js";
import { temporaryDirectories } from "../../../support/temporary-directory.js";

describe("the file with the list of brokers", () => {
  const newDirectory = temporaryDirectories();
  let path: string;

  beforeEach(() => {
    path = join(newDirectory(), "brokers.yaml");
  });

  function read(...lines: readonly string[]): readonly BrokerTarget[] {
    replaceFile(path, lines.join("\n"));
    return readBrokersFile(path, { ...noDefaults, tokenFile: "/default.token" });
  }

  it("gives each broker what it says, else what is said for all, else the defaults", () => {
    const brokers = read(
      "caFile: ca.crt",
      "brokers:",
      "  - address: build-01.example:7600",
      "  - address: '[2001:db8::2]:7600'",
      "    name: build-02",
      "    tokenFile: /etc/portlease/build-02.token",
      "    caFile: system",
    );
    const caFile = join(path, "..", "ca.crt");
    assert.deepEqual(brokers, [
      {
        ...noDefaults,
        address: "build-01.example:7600",
        name: null,
        caFile,
        tokenFile: "/default.token",
      },
      {
        ...noDefaults,
        address: "[2001:db8::2]:7600",
        name: "build-02",
        caFile: "system",
        tokenFile: "/etc/portlease/build-02.token",
      },
    ]);
  });

  const refused = {
    "no YAML": { lines: ["brokers: ["], says: /cannot be read/ },
    "no list": { lines: ["hosts: []"], says: /brokers/ },
    "a key that is none": {
      lines: ["brokers: [{address: 'a:1', token: secret}]"],
      says: /brokers\.0/,
    },
    "an address without a port": { lines: ["brokers: [{address: a}]"], says: /host:port/ },
    "a broker twice": {
      lines: ["brokers: [{address: 'a:1'}, {address: 'a:1'}]"],
      says: /a:1 is there twice/,
    },
    "a certificate without its key": {
      lines: ["brokers: [{address: 'a:1', certFile: a.crt}]"],
      says: /has no keyFile/,
    },
  };
  for (const [what, { lines, says }] of Object.entries(refused)) {
    it(`is refused with ${what}, and the refusal shows no value that may be secret`, () => {
      assert.throws(
        () => read(...lines),
        (error: unknown) => {
          assert.ok(error instanceof BrokerListError);
          assert.match(error.message, says);
          assert.doesNotMatch(error.message, /secret/);
          return true;
        },
      );
    });
  }

  it("has as many brokers as can be watched one by one, and says what to do with more", () => {
    const addresses = Array.from({ length: brokersMax + 1 }, (_, index) => `host-${index}:7600`);
    assert.equal(givenBrokers(addresses.slice(1), noDefaults).length, brokersMax);
    assert.throws(() => givenBrokers(addresses, noDefaults), /at most 200.*etcd/);
  });

  it("is read again when it changes; one that cannot be used is told, and the next one that can counts", async () => {
    read("brokers: [{address: 'a:1'}]");
    const heard = follow(new BrokersFile(path, noDefaults, systemPacing));
    await eventually("it is read", () => heard.said.length === 1);
    replaceFile(path, "brokers: {");
    await eventually("it is refused", () => heard.said.length === 2);
    replaceFile(path, "brokers: [{address: 'a:1'}, {address: 'b:1'}]");
    await eventually("it is read again", () => heard.said.length === 3);
    assert.deepEqual(heard.said, ["a:1", "failed", "a:1,b:1"]);
    await heard.end();
  });

  it("may come later", async () => {
    const heard = follow(new BrokersFile(path, noDefaults, systemPacing));
    await eventually("it is missed", () => heard.said.length === 1);
    read("brokers: []");
    await eventually("it is read", () => heard.said.length === 2);
    assert.deepEqual(heard.said, ["failed", ""]);
    await heard.end();
  });
});

function follow(list: BrokerList): { readonly said: string[]; readonly end: () => Promise<void> } {
  const abort = new AbortController();
  const said: string[] = [];
  const following = list.follow(
    {
      changed: (brokers) => said.push(brokers.map(({ address }) => address).join(",")),
      failed: () => said.push("failed"),
    },
    abort.signal,
  );
  const end = (): Promise<void> => {
    abort.abort();
    return following;
  };
  return { said, end };
}
