// docs/errors.md against the code: no reason, status or native code may be missing, invented or different there.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { status } from "@grpc/grpc-js";
import type { NativeErrorCode } from "@portlease/native";
import { brokerErrorCodes } from "#server/domain/errors.js";
import { statusOf } from "#server/grpc/status.js";
import { brokerCodeOf } from "#server/native-failure.js";
import { errorsTable } from "../support/errors-page.js";
import { repositoryRoot } from "../support/repository.js";

interface ErrorTable {
  explainedErrors(): readonly { readonly api: string | null; readonly errorNumber: number }[];
  explainError(
    api: string,
    errorNumber: number,
  ): {
    readonly name: string;
    readonly code: NativeErrorCode;
    readonly meaning: string;
    readonly advice: string;
  };
}

async function loadErrorTable(): Promise<ErrorTable | null> {
  const file = join(repositoryRoot, "src", "native", "dist", "win32", "error-table.js");
  return existsSync(file) ? ((await import(pathToFileURL(file).href)) as ErrorTable) : null;
}

describe("docs/errors.md", () => {
  it("has every reason with its status, and no other", () => {
    const documented = errorsTable("Reasons").map(([reason, code]) => [reason, code]);
    const actual = brokerErrorCodes.map((code) => [code.toUpperCase(), status[statusOf[code]]]);
    assert.deepEqual(documented, actual);
  });

  it("says of each reason what it means and what to do", () => {
    for (const [reason, , meaning = "", advice = ""] of errorsTable("Reasons")) {
      assert.ok(meaning !== "" && advice !== "", reason);
    }
  });

  it("has every Windows error number that the code knows, with what becomes of it", async function () {
    const explanations = await loadErrorTable();
    // Not every build of the native package has the Windows part.
    if (explanations === null) return this.skip();
    const actual = explanations.explainedErrors().map(({ api, errorNumber }) => {
      const { name, code, meaning, advice } = explanations.explainError(api ?? "", errorNumber);
      const reason = brokerCodeOf[code].toUpperCase();
      return [String(errorNumber), name, api ?? "any", reason, meaning, advice];
    });
    assert.deepEqual(errorsTable("Windows error numbers"), actual);
  });

  it("says what becomes of each code of the native layer", () => {
    const documented = errorsTable("What the operating system refuses");
    const actual = Object.entries(brokerCodeOf).map(([code, name]) => [code, name.toUpperCase()]);
    assert.deepEqual(documented, actual);
  });
});
