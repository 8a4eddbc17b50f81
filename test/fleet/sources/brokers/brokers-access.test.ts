// Brokers that ask who calls: tokens, TLS and client certificates of a fleet server that watches them one by one.

import assert from "node:assert/strict";
import { GivenList } from "#fleet/sources/brokers/broker-list.js";
import { type BrokerTarget, noDefaults } from "#fleet/sources/brokers/broker-target.js";
import { AccessFiles, replaceFile } from "../../../support/access-lab.js";
import {
  startTestBroker,
  type TestAccess,
  type TestBroker,
} from "../../../support/running-broker.js";
import { temporaryDirectories } from "../../../support/temporary-directory.js";
import { noteSecret } from "../../../support/test-output.js";
import { BrokerFleet } from "./broker-fleet.js";

const token = "v".repeat(40);

describe("a fleet server that watches brokers which ask who calls", () => {
  const newDirectory = temporaryDirectories();
  let files: AccessFiles;
  let broker: TestBroker;
  let fleet: BrokerFleet;

  beforeEach(() => {
    files = new AccessFiles(newDirectory());
  });

  afterEach(async () => {
    await fleet.close();
    await broker.dispose();
  });

  async function start(access: TestAccess): Promise<void> {
    const tokens = [files.token("fleet", "viewer", token)];
    broker = await startTestBroker({}, { requireToken: true, tokens, ...access });
  }

  function watch(target: Partial<BrokerTarget>): BrokerFleet {
    const { address } = broker;
    fleet = new BrokerFleet(new GivenList([{ ...noDefaults, name: null, address, ...target }]));
    return fleet;
  }

  async function untilRefused(says: RegExp): Promise<void> {
    const problemsOf = (hostId: string) =>
      fleet.view.problemsOf(hostId).map(({ problem }) => problem.message);
    const address = fleet.source.addresses[0] ?? "";
    await fleet.until(`it says ${says}`, address, ({ hostId }) =>
      problemsOf(hostId).some((message) => says.test(message)),
    );
    assert.equal(fleet.hosts[0]?.state, "not-heard-from");
  }

  it("is let in with a viewer's token, and with the next one when it is replaced", async () => {
    await start({});
    const tokenFile = files.write("fleet-of-fleet.token", `${"w".repeat(40)}\n`);
    watch({ tokenFile });
    await untilRefused(/TOKEN/);
    replaceFile(tokenFile, `${token}\n`);
    await fleet.untilHeard(broker.address);
  });

  it("is let in over TLS with a client certificate of its own", async () => {
    const clientCaFile = files.caFile();
    await start({ tls: files.tls({ clientCaFile, requireClientCertificate: true }) });
    const { cert, key } = files.authority.issue({ commonName: "fleet" });
    watch({
      caFile: files.caFile(),
      certFile: files.write("fleet.crt", cert),
      keyFile: files.write("fleet.key", key),
      tokenFile: files.write("fleet.token", `${token}\n`),
    });
    const host = await fleet.untilHeard(broker.address);
    assert.equal(host.leases.length, 0);
  });

  it("says what is wrong when the broker's authority is not believed", async () => {
    await start({ tls: files.tls() });
    watch({ caFile: "system", tokenFile: files.write("fleet.token", `${token}\n`) });
    await untilRefused(/caFile/);
  });

  it("sends no token to another host in clear text, and says what to do", async () => {
    await start({});
    noteSecret(token);
    watch({
      address: "build-01.example:7600",
      tokenFile: files.write("fleet.token", `${token}\n`),
    });
    await untilRefused(/token is not sent to build-01\.example:7600.*caFile/);
  });

  it("says so when a file is missing, and goes on when it is there", async () => {
    await start({});
    const tokenFile = files.write("late.token", `${token}\n`);
    replaceFile(tokenFile, "\n");
    watch({ tokenFile });
    await untilRefused(/late\.token/);
    replaceFile(tokenFile, `${token}\n`);
    await fleet.untilHeard(broker.address);
  });
});
