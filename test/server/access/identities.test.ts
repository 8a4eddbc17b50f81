// Certificates to callers: which names count, and which patterns fit.

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { certificateNames } from "#server/access/certificate-names.js";
import { Identities } from "#server/access/identities.js";
import { CertificateAuthority, type Subject } from "../../support/certificates.js";

const authority = new CertificateAuthority();

function namesOf(subject: Subject): readonly string[] {
  return certificateNames(new X509Certificate(authority.issue(subject).cert));
}

describe("certificateNames()", () => {
  it("are the alternative names in their order, and then the common name", () => {
    assert.deepEqual(
      namesOf({
        commonName: "orders",
        names: ["URI:spiffe://example.org/orders", "DNS:a.example"],
      }),
      ["URI:spiffe://example.org/orders", "DNS:a.example", "CN:orders"],
    );
    assert.deepEqual(namesOf({ commonName: "orders" }), ["CN:orders"]);
  });

  it("keep a name that pretends to be two as the one that it is", () => {
    assert.deepEqual(namesOf({ commonName: "x", names: ["URI:http://a/, DNS:admin.example"] }), [
      "URI:http://a/, DNS:admin.example",
      "CN:x",
    ]);
    assert.deepEqual(namesOf({ commonName: "x", names: ['DNS:"quoted'] }), ['DNS:"quoted', "CN:x"]);
  });

  it("have no common name that is more than one line", () => {
    const names = namesOf({ commonName: "x\nCN=admin" });
    assert.ok(!names.includes("CN:admin"), names.join());
  });
});

describe("Identities", () => {
  const identities = new Identities([
    { match: "URI:spiffe://example.org/ns/*/admin", role: "admin" },
    { match: "DNS:*.example.org", role: "holder" },
    { match: "CN:view*", role: "viewer" },
    { match: "DNS:dots.x", role: "admin" },
  ]);

  const roleOf = (...names: readonly string[]): string | null =>
    [...(identities.callerOf(names)?.roles ?? [])][0] ?? null;

  it("give the caller the name that fitted", () => {
    const caller = identities.callerOf(["CN:x", "DNS:orders.example.org"]);
    assert.equal(caller?.name, "cert:DNS:orders.example.org");
    assert.deepEqual([...(caller?.roles ?? [])], ["holder"]);
  });

  it("let a star stand for one part of a name, never for more, never for none", () => {
    assert.equal(roleOf("DNS:orders.example.org"), "holder");
    assert.equal(roleOf("DNS:ORDERS.example.org"), "holder");
    assert.equal(roleOf("DNS:a.b.example.org"), null);
    assert.equal(roleOf("DNS:.example.org"), null);
    assert.equal(roleOf("DNS:example.org"), null);
    assert.equal(roleOf("URI:spiffe://example.org/ns/a/admin"), "admin");
    assert.equal(roleOf("URI:spiffe://example.org/ns/a/b/admin"), null);
    assert.equal(roleOf("URI:SPIFFE://example.org/ns/a/admin"), null);
    assert.equal(roleOf("CN:viewer of things"), "viewer");
  });

  it("take dots as dots, kinds as kinds, and whole names only", () => {
    assert.equal(roleOf("DNS:dotsxx"), null);
    assert.equal(roleOf("CN:orders.example.org"), null);
    assert.equal(roleOf("DNS:orders.example.org.evil"), null);
    assert.equal(roleOf("CN:my viewer"), null);
  });

  it("go by the first rule that fits", () => {
    assert.equal(roleOf("CN:viewer", "DNS:orders.example.org"), "holder");
  });
});
