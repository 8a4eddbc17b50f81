// Errors as Node makes them when a listen fails: what applications know to handle. Ours is the cause.

import { getSystemErrorMap } from "node:util";
import { errorCodeOf, errorNameOf, messageOf } from "../error-facts.js";
import { PortleaseError, type PortleaseErrorCode } from "../errors.js";

export interface ListenAttempt {
  readonly syscall: "listen" | "bind";
  /** `null`: all addresses. */
  readonly host: string | null;
  /** 0: any. */
  readonly port: number;
}

/** The nearest thing that the operating system says. */
const byCode: Readonly<Partial<Record<PortleaseErrorCode, string>>> = {
  UNAVAILABLE: "ECONNREFUSED",
  DEADLINE_EXCEEDED: "ETIMEDOUT",
  PERMISSION_DENIED: "EACCES",
  UNAUTHENTICATED: "EACCES",
  INVALID_ARGUMENT: "EINVAL",
  ALREADY_EXISTS: "EADDRINUSE",
};

const byReason: Readonly<Record<string, string>> = {
  PORT_LEASED: "EADDRINUSE",
  ALREADY_BOUND: "EADDRINUSE",
  PASSED_ELSEWHERE: "EADDRINUSE",
};

/** What none of the tables has: there is no port to be had. */
const otherwise = "EADDRNOTAVAIL";

const withoutBrokerAdvice =
  "The port is leased because of --import @portlease/client/register: start the broker, wait longer for it " +
  "(PORTLEASE_WAIT_BROKER), or listen without a lease (PORTLEASE_WITHOUT_BROKER=listen).";

/**
 * The error to emit: with `code`, `errno`, `syscall`, `address` and `port` as Node's, and the failure as its `cause`. A host name
 * that does not resolve is told as Node tells it.
 */
export function listenError(failure: unknown, { syscall, host, port }: ListenAttempt): Error {
  const cause = innermost(failure);
  if (cause instanceof Error && Reflect.get(cause, "syscall") === "getaddrinfo") return cause;
  const code = codeFor(failure, cause);
  const where = host === null ? (port === 0 ? "" : ` on port ${port}`) : ` ${host}:${port}`;
  const advice = isBrokerAway(failure) ? ` ${withoutBrokerAdvice}` : "";
  const message = `${syscall} ${code}${where}: ${messageOf(failure)}${advice}`;
  const error = new Error(message, { cause: failure });
  const address = host === null ? {} : { address: host };
  return Object.assign(error, { code, errno: errnoOf(code), syscall, ...address, port });
}

/** Whether the broker could not be asked at all. */
export function isBrokerAway(failure: unknown): boolean {
  if (!(failure instanceof PortleaseError)) return false;
  return failure.reason === "BROKER_UNREACHABLE" || failure.reason === "BROKER_TIMEOUT";
}

function codeFor(failure: unknown, cause: unknown): string {
  // Windows has names of its own for the same things: WSAEACCES.
  const systemName = errorNameOf(cause)?.replace(/^WSA/, "") ?? errorCodeOf(cause);
  if (systemName !== null && errnoOf(systemName) !== undefined) return systemName;
  if (!(failure instanceof PortleaseError)) return otherwise;
  const deepest = cause instanceof PortleaseError ? cause : failure;
  return byReason[deepest.reason] ?? byCode[deepest.code] ?? otherwise;
}

function innermost(failure: unknown): unknown {
  let error = failure;
  while (error instanceof Error && error.cause instanceof Error) error = error.cause;
  return error;
}

/** As libuv numbers it on this platform, which is what Node's own errors have. */
function errnoOf(code: string): number | undefined {
  for (const [errno, [name]] of getSystemErrorMap()) if (name === code) return errno;
  return undefined;
}
