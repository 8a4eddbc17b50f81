// Failures of the store commands with the exit codes that "store check" has for the same.

import { CliFailure } from "../cli-failure.js";
import { exitCodes, type ExitCode } from "../exit-codes.js";

const exitCodeOf: Readonly<Record<string, ExitCode>> = {
  NO_STORE: exitCodes.notFound,
  DATA_DIRECTORY_IN_USE: exitCodes.refused,
  DIRECTORY_NOT_EMPTY: exitCodes.refused,
  EXPORT_INVALID: exitCodes.damaged,
  STORE_CORRUPT: exitCodes.damaged,
};

/** Rethrows; what has no exit code of its own is a plain failure. */
export function storeFailure(error: unknown): never {
  const code = (error as { readonly code?: unknown } | null)?.code;
  const exitCode = typeof code === "string" ? exitCodeOf[code] : undefined;
  if (exitCode === undefined || !(error instanceof Error)) throw error;
  throw new CliFailure(exitCode, String(code), "", error.message, error);
}
