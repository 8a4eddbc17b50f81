// How the command line proves who its user is: token files, certificates, and the admin token of the broker on this host.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Metadata } from "@grpc/grpc-js";
import { adminTokenFile, withAdminToken } from "#cli/access-options.js";
import { AccessFiles, replaceFile } from "../../support/access-lab.js";
import { assertFails } from "../../support/cli-failures.js";
import {
  type CliProcess,
  type CliResult,
  finished,
  outputMatching,
  runCli,
  startCli,
} from "../../support/cli.js";
import { startTestBroker, type TestBroker } from "../../support/running-broker.js";
import { temporaryDirectories } from "../../support/temporary-directory.js";

const viewerToken = "v".repeat(40);
const nextToken = "n".repeat(40);
const workToken = "w".repeat(40);

describe("the CLI and a broker that asks who calls", function () {
  this.timeout(120_000);
  const newDirectory = temporaryDirectories();
  let broker: TestBroker;
  let files: AccessFiles;
  let watching: CliProcess | null = null;

  const add = ["blocks", "add", "--size", "2", "--dry-run"];

  function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    return runCli([...args, "--address", broker.address], { environment });
  }

  function assertDone({ exitCode, stderr }: CliResult): void {
    assert.equal(exitCode, 0, stderr);
  }

  beforeEach(() => {
    files = new AccessFiles(newDirectory());
  });

  afterEach(async () => {
    watching?.kill("SIGKILL");
    if (watching !== null) await finished(watching);
    watching = null;
    await broker.dispose();
  });

  it("changes the broker with the admin token that it is given, and says what to do without", async () => {
    broker = await startTestBroker();
    // Root has a token by itself where another broker has run on this host.
    const hasToken = existsSync(adminTokenFile("/portlease.v1.AdminService/ReserveBlock"));
    const [refusal, said] = hasToken
      ? ([/TOKEN_INVALID/, /the token that was sent is that of/] as const)
      : ([/needs the role admin.*ROLE_MISSING/, /--token-file.*admin\.token/] as const);
    const without = await run(add);
    assertFails(without, 6, refusal);
    assert.match(without.stderr, said);
    assertDone(await run([...add, "--token-file", broker.adminTokenFile]));
    assertDone(await run(add, { PORTLEASE_TOKEN_FILE: broker.adminTokenFile }));
    assertDone(await run(["blocks", "ls"]));
  });

  it("calls over TLS, with the authority from an option or the environment", async () => {
    const tokens = [files.token("look", "viewer", viewerToken)];
    broker = await startTestBroker({}, { requireToken: true, tokens, tls: files.tls() });
    const tokenFile = tokens[0]?.file ?? "";
    assertDone(await run(["ls", "--token-file", tokenFile, "--ca-file", files.caFile()]));
    const environment = { PORTLEASE_TOKEN_FILE: tokenFile, PORTLEASE_CA_FILE: files.caFile() };
    assertDone(await run(["ls"], environment));
    assertFails(await run(["ls"]), 3, /does so to clear text.*BROKER_UNREACHABLE/);
    const system = await run(["ls", "--ca-file", "system"]);
    assertFails(system, 3, /Nobody that this client believes.*--ca-file/);
  });

  it("watches with the same proof, and goes on with the next token when its own ends", async () => {
    const look = files.token("look", "viewer", viewerToken);
    const work = files.token("work", "holder", workToken);
    const access = { requireToken: true, tokens: [look, work], tls: files.tls() };
    broker = await startTestBroker({}, access);
    const own = files.write("own.token", viewerToken);
    const given = ["--token-file", own, "--ca-file", files.caFile()];
    assertFails(await run(["watch", ...given.slice(2)]), 6, /TOKEN_MISSING/);
    watching = startCli(["watch", "--json", "--address", broker.address, ...given]);
    await outputMatching(watching.stdout, /"complete":true/);
    files.write("own.token", nextToken);
    const again = outputMatching(watching.stderr, /is opened again.*does not know/);
    replaceFile(look.file, nextToken);
    await again;
    const told = outputMatching(watching.stdout, /"TYPE_GRANTED".*"seen"/);
    const acquire = ["acquire", "--service", "seen", "--address", broker.address, "--json"];
    const holder = ["--token-file", work.file, ...given.slice(2)];
    assertDone(await runCli([...acquire, ...holder], { record: "stderr" }));
    await told;
  });

  it("shows a certificate of its own", async () => {
    const identities = [{ match: "CN:ops", role: "admin" }] as const;
    const tls = files.tls({ clientCaFile: files.caFile(), identities });
    broker = await startTestBroker({}, { requireToken: true, tls });
    const { cert, key } = files.authority.issue({ commonName: "ops" });
    const own = [
      "--cert-file",
      files.write("ops.crt", cert),
      "--key-file",
      files.write("ops.key", key),
    ];
    assertDone(await run([...add, ...own, "--ca-file", files.caFile()]));
    const half = await run(["ls", ...own.slice(0, 2), "--ca-file", files.caFile()]);
    assertFails(half, 2, /"certFile" needs "keyFile"/);
  });

  it("sends no token to another host in clear text", async () => {
    broker = await startTestBroker();
    const args = ["ls", "--address", "192.0.2.1:7600", "--token-file", broker.adminTokenFile];
    assertFails(await runCli(args), 2, /token is not sent to 192\.0\.2\.1:7600.*--ca-file/);
    const nothing = join(newDirectory(), "nothing");
    assertFails(await run(["ls", "--token-file", nothing]), 2, /nothing cannot be read/);
  });

  it("runs programs with a lease from such a broker", async () => {
    const tokens = [files.token("work", "holder", viewerToken)];
    broker = await startTestBroker({}, { requireToken: true, tokens, tls: files.tls() });
    const given = ["--token-file", tokens[0]?.file ?? "", "--ca-file", files.caFile()];
    const program = ["--", process.execPath, "-e", ""];
    assertDone(await runCli(["run", "--address", broker.address, ...given, ...program]));
  });
});

describe("the admin token in the data directory of this host's broker", () => {
  const newDirectory = temporaryDirectories();
  const change = "/portlease.v1.AdminService/ReserveBlock";
  const here = "127.0.0.1:7600";

  function sent(
    path: string,
    address: string,
    given = new Metadata(),
    options: { readonly certFile?: string } = {},
  ): readonly unknown[] {
    const directory = newDirectory();
    replaceFile(join(directory, "admin.token"), viewerToken);
    return withAdminToken(options, path, given, address, directory).get("authorization");
  }

  it("goes with changes, when no other token does, and with nothing else", () => {
    assert.deepEqual(sent(change, here), [`Bearer ${viewerToken}`]);
    assert.deepEqual(sent("/portlease.v1.AdminService/GetBroker", here), []);
    assert.deepEqual(sent("/portlease.v1.LeaseService/AcquireLease", here), []);
    const given = new Metadata();
    given.set("authorization", "Bearer own");
    assert.deepEqual(sent(change, here, given), ["Bearer own"]);
  });

  it("is the fleet server's own where that is asked to forget a host", () => {
    const path = "/portlease.v1.FleetService/ForgetHost";
    assert.deepEqual(sent(path, "127.0.0.1:7610"), [`Bearer ${viewerToken}`]);
    assert.match(adminTokenFile(path), /portlease-fleet/);
    assert.doesNotMatch(adminTokenFile(change), /portlease-fleet/);
  });

  it("never goes to another host", () => {
    assert.deepEqual(sent(change, "192.0.2.1:7600"), []);
  });

  it("does not go beside a certificate, which says who calls", () => {
    assert.deepEqual(sent(change, here, new Metadata(), { certFile: "ops.crt" }), []);
  });

  it("is not missed where there is none", () => {
    const none = withAdminToken({}, change, new Metadata(), here, newDirectory());
    assert.deepEqual(none.get("authorization"), []);
  });
});
