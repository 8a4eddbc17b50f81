// Semantics 12: who a caller is, and what it may do without proof.

import assert from "node:assert/strict";
import { status } from "@grpc/grpc-js";
import { rolesOf, type Role } from "#server/access/caller.js";
import { Gate, type CallOrigin, type GateRules } from "#server/access/gate.js";
import { Identities } from "#server/access/identities.js";
import { toWireError } from "#server/grpc/rich-error.js";
import { refusal } from "../../support/broker-error.js";
import { FakeClock } from "../../support/fake-clock.js";

const acquire = "/portlease.v1.LeaseService/AcquireLease";
const getBroker = "/portlease.v1.AdminService/GetBroker";
const reserve = "/portlease.v1.AdminService/ReserveBlock";

const here: CallOrigin = { thisHost: true, certificateNames: [] };
const elsewhere: CallOrigin = { thisHost: false, certificateNames: [] };
const withCertificate: CallOrigin = { thisHost: false, certificateNames: ["DNS:orders.example"] };

describe("Gate", () => {
  const clock = new FakeClock();

  function gate(rules: Partial<GateRules> = {}): Gate {
    const known: Readonly<Record<string, Role>> = { a: "admin", h: "holder", v: "viewer" };
    const callerOf = (token: string) => {
      const role = known[token];
      return role === undefined ? null : { name: `token:${token}`, roles: rolesOf(role) };
    };
    return new Gate({
      tokens: { callerOf },
      identities: new Identities([{ match: "DNS:orders.example", role: "holder" }]),
      requireToken: false,
      callsPerSecond: 1_000,
      clock,
      server: "broker",
      ...rules,
    });
  }

  const admit = (path: string, origin: CallOrigin, ...tokens: readonly string[]) => {
    const authorization = tokens.map((token) => `Bearer ${token}`);
    return gate().admit({ path, authorization, origin }).name;
  };

  it("takes a caller of this host without a token for a holder and a viewer, never an admin (semantics 12)", async () => {
    assert.equal(admit(acquire, here), "anonymous");
    assert.equal(admit(getBroker, here), "anonymous");
    const refused = await refusal(() => admit(reserve, here), "role_missing");
    assert.match(
      refused.message,
      /ReserveBlock needs the role admin.*holder, viewer.*admin\.token/,
    );
    assert.equal(toWireError(refused).code, status.PERMISSION_DENIED);
  });

  it("does not do so where tokens are required, or for other hosts", async () => {
    const strict = gate({ requireToken: true });
    const call = { path: acquire, authorization: [], origin: here };
    await refusal(() => strict.admit(call), "token_missing");
    assert.equal(strict.admit({ ...call, authorization: ["bearer h"] }).name, "token:h");
    const refused = await refusal(() => admit(acquire, elsewhere), "token_missing");
    assert.match(refused.message, /--token-file/);
    assert.equal(toWireError(refused).code, status.UNAUTHENTICATED);
  });

  it("gives a token what its role may do, from everywhere", async () => {
    assert.equal(admit(acquire, elsewhere, "h"), "token:h");
    assert.equal(admit(reserve, elsewhere, "a"), "token:a");
    assert.equal(admit(acquire, elsewhere, "a"), "token:a");
    await refusal(() => admit(acquire, elsewhere, "v"), "role_missing");
    await refusal(() => admit(getBroker, elsewhere, "h"), "role_missing");
  });

  it("lets a token count alone: a wrong one, or a smaller role, never falls back to more", async () => {
    await refusal(() => admit(acquire, here, "x"), "token_invalid");
    await refusal(() => admit(acquire, withCertificate, "x"), "token_invalid");
    await refusal(() => admit(acquire, here, "v"), "role_missing");
    await refusal(() => admit(acquire, here, "h", "h"), "token_invalid");
    for (const header of ["h", "Basic h", "Bearer", "Bearer h h", ""]) {
      const call = { path: acquire, authorization: [header], origin: here };
      await refusal(() => gate().admit(call), "token_invalid");
    }
  });

  it("knows a caller by its certificate", async () => {
    assert.equal(admit(acquire, withCertificate), "cert:DNS:orders.example");
    await refusal(() => admit(reserve, withCertificate), "role_missing");
    const stranger = { thisHost: false, certificateNames: ["DNS:other.example"] };
    await refusal(() => admit(acquire, stranger), "token_missing");
  });

  it("refuses what is in no table to everybody but admins", async () => {
    const unknown = "/portlease.v1.LeaseService/Nothing";
    await refusal(() => admit(unknown, here), "role_missing");
    assert.equal(admit(unknown, here, "a"), "token:a");
  });

  it("counts the calls of each connection, and says when to come back", async () => {
    const limited = gate({ callsPerSecond: 2 });
    const call = { path: acquire, authorization: [], origin: here };
    limited.admit(call);
    limited.admit(call);
    const refused = await refusal(() => limited.admit(call), "rate_limited");
    assert.equal(refused.details.retryAfterMs, 500);
    assert.equal(toWireError(refused).code, status.RESOURCE_EXHAUSTED);
    limited.admit({ ...call, origin: { ...here } });
    clock.advance(500);
    limited.admit(call);
    await refusal(() => limited.admit(call), "rate_limited");
  });
});
