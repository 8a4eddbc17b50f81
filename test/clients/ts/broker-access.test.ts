// What the client shows a broker, and what it never sends.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { brokerAccess, LeaseClient, PortleaseError, staysOnThisHost } from "@portlease/client";
import { AccessFiles, replaceFile } from "../../support/access-lab.js";
import { startTestBroker } from "../../support/running-broker.js";
import { noteSecret } from "../../support/test-output.js";
import { temporaryDirectories } from "../../support/temporary-directory.js";

const [token, nextToken] = ["t".repeat(40), "n".repeat(40)] as const;
const here = "127.0.0.1:7600";
const far = "192.0.2.1:7600";

function refused(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof PortleaseError && error.reason === "OPTION_INVALID", String(error));
    assert.ok(!error.message.includes(token), "the token is in no message");
    return error.message;
  }
  return assert.fail("it was accepted");
}

describe("brokerAccess()", () => {
  const newDirectory = temporaryDirectories();
  const sent = (access: ReturnType<typeof brokerAccess>) => access.metadata().get("authorization");

  it("sends nothing unless told, in clear text", () => {
    const access = brokerAccess(here, {}, {});
    assert.deepEqual(sent(access), []);
    assert.equal(access.credentials._isSecure(), false);
  });

  it("sends the token that it is given, or that a file has, and follows the file", () => {
    assert.deepEqual(sent(brokerAccess(here, { token }, {})), [`Bearer ${token}`]);
    const tokenFile = join(newDirectory(), "token");
    writeFileSync(tokenFile, `${token}\nanother\n`);
    const access = brokerAccess(here, {}, { PORTLEASE_TOKEN_FILE: tokenFile });
    assert.deepEqual(sent(access), [`Bearer ${token}`]);
    replaceFile(tokenFile, "");
    assert.deepEqual(sent(access), [`Bearer ${token}`], "the last one, while the file has none");
    replaceFile(tokenFile, nextToken);
    assert.deepEqual(sent(access), [`Bearer ${nextToken}`]);
  });

  it("sends no token to another host in clear text, wherever the token is from", () => {
    const tokenFile = join(newDirectory(), "token");
    writeFileSync(tokenFile, token);
    assert.match(
      refused(() => brokerAccess(far, { token }, {})),
      /192\.0\.2\.1:7600.*tls\.caFile/,
    );
    refused(() => brokerAccess(far, {}, { PORTLEASE_TOKEN_FILE: tokenFile }));
    brokerAccess(far, { token, tls: {} }, {});
    brokerAccess(far, {}, {});
  });

  it("speaks TLS where the environment names an authority, but not to a local socket", () => {
    const environment = { PORTLEASE_CA_FILE: "system" };
    assert.equal(brokerAccess(here, {}, environment).credentials._isSecure(), true);
    assert.equal(brokerAccess("unix:/run/p", {}, environment).credentials._isSecure(), false);
  });

  it("refuses what does not fit together", () => {
    refused(() => brokerAccess(here, { token: "" }, {}));
    refused(() => brokerAccess(here, { token: `${token}\n${token}` }, {}));
    refused(() => brokerAccess(here, { token, tokenFile: "x" }, {}));
    refused(() => brokerAccess(here, { tokenFile: "/nonexistent/token" }, {}));
    refused(() => brokerAccess(here, { tls: { caFile: "/nonexistent/ca.crt" } }, {}));
    refused(() => brokerAccess(here, { tls: { keyFile: "x" } }, {}));
  });
});

describe("staysOnThisHost()", () => {
  it("is true for loopback and local sockets only", () => {
    const yes = ["127.0.0.1:1", "127.9.9.9", "[::1]:1", "localhost:1", "LOCALHOST", "unix:/run/p"];
    const no = [
      "192.0.2.1:1",
      "0.0.0.0:1",
      "[::]:1",
      "localhost.example:1",
      "db:1",
      "",
      "xds:///a",
    ];
    const [local, remote] = [String.raw`unix:\\.\pipe\portlease`, String.raw`unix:\\db\pipe\p`];
    for (const address of [...yes, "dns:///localhost:1", "ipv4:127.0.0.1:1", local]) {
      assert.equal(staysOnThisHost(address), true, address);
    }
    for (const address of [...no, "dns:///db.example:1", "ipv4:192.0.2.1:1", remote]) {
      assert.equal(staysOnThisHost(address), false, address);
    }
  });
});

describe("LeaseClient with a broker that asks who calls", () => {
  const newDirectory = temporaryDirectories();

  it("leases and renews over TLS with its token, by the broker's name or its address", async () => {
    noteSecret(token);
    const files = new AccessFiles(newDirectory());
    const tokens = [files.token("work", "holder", token)];
    const broker = await startTestBroker({}, { requireToken: true, tokens, tls: files.tls() });
    const tokenFile = tokens[0]?.file ?? "";
    const localhost = broker.address.replace("127.0.0.1", "localhost");
    for (const [address, tls] of [
      [broker.address, {}],
      [localhost, {}],
      [broker.address, { serverName: "localhost" }],
    ] as const) {
      const client = new LeaseClient({
        address,
        tokenFile,
        tls: { caFile: files.caFile(), ...tls },
      });
      const lease = await client.acquire();
      await lease.release();
      await client.close();
    }
    await broker.dispose();
  });
});
