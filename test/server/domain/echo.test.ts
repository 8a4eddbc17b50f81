// What errors and logs repeat of callers' words.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { echo } from "#server/domain/echo.js";
import { makeLeaseId } from "#server/domain/lease-id.js";

describe("an echo", () => {
  it("repeats ids and names", () => {
    const leaseId = makeLeaseId(4_711, { bytes: randomBytes });
    for (const text of [leaseId, "orders", "b-1", 'no "such" thing', ""]) {
      assert.equal(echo(text, 64), text);
    }
  });

  it("hides what tokens and holder keys look like, wherever it stands", () => {
    for (const secret of [
      randomBytes(24).toString("base64url"),
      randomBytes(32).toString("base64"),
      randomBytes(16).toString("hex"),
      "3f0c6a52-8f1b-4a4e-9d57-0d1f3c1f6a10",
    ]) {
      assert.equal(echo(secret, 64), `[${secret.length} characters]`);
      assert.equal(echo(`is "${secret}" right?`, 64), `is "[${secret.length} characters]" right?`);
    }
  });

  it("is cut at a length", () => {
    assert.equal(echo("a b ".repeat(100), 10), "a b a b a ");
  });
});
