// What went wrong, as the CLI tells it: one line for people, an exit code and stable words for scripts.
// Decides on error codes only, never on message text.

import { CommanderError } from "commander";
import { exitCodes, type ExitCode } from "./exit-codes.js";

/** `code` is the class of the failure (a gRPC status name or a code of ours), `reason` the precise word; "" when there is none. */
export class CliFailure extends Error {
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly reason: string;

  constructor(exitCode: ExitCode, code: string, reason: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "CliFailure";
    this.exitCode = exitCode;
    this.code = code;
    this.reason = reason;
  }
}

/** A wrong command line. */
export function usageFailure(message: string): CliFailure {
  return new CliFailure(exitCodes.usage, "USAGE", "", message);
}

/** Exit codes by the name of the gRPC status; what is absent is a plain failure. */
const exitCodeOfStatus: Readonly<Record<string, ExitCode>> = {
  INVALID_ARGUMENT: exitCodes.usage,
  UNAVAILABLE: exitCodes.unreachable,
  DEADLINE_EXCEEDED: exitCodes.unreachable,
  NOT_FOUND: exitCodes.notFound,
  RESOURCE_EXHAUSTED: exitCodes.refused,
  FAILED_PRECONDITION: exitCodes.refused,
  ALREADY_EXISTS: exitCodes.refused,
  ABORTED: exitCodes.refused,
  OUT_OF_RANGE: exitCodes.refused,
  PERMISSION_DENIED: exitCodes.denied,
  UNAUTHENTICATED: exitCodes.denied,
};

/**
 * Turns whatever was thrown into a failure. Errors of other layers are known by their `name`, not by instanceof. `command`: whose
 * --help a wrong command line is sent to.
 */
export function toFailure(error: unknown, command = "portlease"): CliFailure {
  if (error instanceof CliFailure) return error;
  if (error instanceof CommanderError) {
    return usageFailure(commanderMessage(error, command));
  }
  if (!(error instanceof Error)) {
    return new CliFailure(exitCodes.failure, "INTERNAL", "", String(error), error);
  }
  const { code, reason } = error as { code?: unknown; reason?: unknown };
  const codeText = typeof code === "string" ? code : "INTERNAL";
  const reasonText = typeof reason === "string" ? reason : "";
  const fail = (exitCode: ExitCode, message = error.message): CliFailure =>
    new CliFailure(exitCode, codeText, reasonText, message, error);
  switch (error.name) {
    case "PortleaseError":
      return fail(exitCodeOfStatus[codeText] ?? exitCodes.failure, withoutWord(error.message));
    case "ConfigError":
      return fail(exitCodes.usage);
    case "StartError":
    case "NativeError":
    case "StoreError":
      return fail(exitCodes.failure);
    default:
      return fail(exitCodes.failure, `${error.message} (${error.name}; this should not happen)`);
  }
}

/** The same for what a call of the broker rejects with; anything else is a mistake in this program, and thrown. */
export function toFailureOfBroker(error: unknown): CliFailure {
  if (error instanceof CliFailure) return error;
  if (error instanceof Error && error.name === "PortleaseError") return toFailure(error);
  throw error;
}

/** PortleaseError puts its reason or code in front of the message; here both are told apart already. */
export function withoutWord(message: string): string {
  return message.replace(/^[A-Z][A-Z0-9_]*: /, "");
}

/** "error: unknown option '--jsn'\n(Did you mean --json?)" as one sentence that says where to look. */
function commanderMessage(error: CommanderError, command: string): string {
  const text = error.message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ");
  if (text.includes("Did you mean")) return text;
  return `${text.replace(/\.$/, "")}; see "${command} --help"`;
}
