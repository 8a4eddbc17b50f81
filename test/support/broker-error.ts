// Asserts on errors of the core by their code, and returns them for a closer look.

import assert from "node:assert/strict";
import { BrokerError, type BrokerErrorCode } from "#server/domain/errors.js";

export async function refusal(
  attempt: Promise<unknown> | (() => unknown),
  code: BrokerErrorCode,
): Promise<BrokerError> {
  try {
    await (typeof attempt === "function" ? attempt() : attempt);
  } catch (error) {
    assert.ok(error instanceof BrokerError, `not a BrokerError: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return error;
  }
  assert.fail(`nothing was refused; expected ${code}`);
}
