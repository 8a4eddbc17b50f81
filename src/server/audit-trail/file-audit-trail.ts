// The audit log: turns what it is told into lines of a file, and keeps operators from changing what could not be written down.

import type { Clock } from "../domain/boundaries.js";
import { BrokerError } from "../domain/errors.js";
import type { Log } from "../log.js";
import type { AuditLogger } from "./audit-logger.js";
import type {
  AuditTrail,
  BrokerDeed,
  CallOutcome,
  CallRecord,
  OperatorCall,
  TurnedAwayCall,
} from "./audit-trail.js";
import type { LineFile, LineFileOptions } from "./line-file.js";
import { RefusalLimit } from "./refusal-limit.js";
import { summarize } from "./request-summary.js";

/** How soon a file that could not be written is tried again. */
export const retryEveryMs = 2_000;

export interface FileAuditTrailParts {
  readonly logger: AuditLogger;
  readonly file: Pick<LineFile, "limit">;
  /** For the server's own log. */
  readonly path: string;
  readonly clock: Clock;
  /** The broker's, as of now; `null`: a server that has none. */
  readonly revision: (() => number) | null;
  /** The process at the other end of a connection of this host, as the operating system says; `null`: not known. */
  readonly processOf: (peer: string) => number | null;
  readonly log: Log;
}

export class FileAuditTrail implements AuditTrail {
  readonly #parts: FileAuditTrailParts;
  readonly #refusals = new RefusalLimit();
  #retryAtMs: number | null = null;
  #stopped = false;

  constructor(parts: FileAuditTrailParts) {
    this.#parts = parts;
  }

  /** What is wrong with the audit log now, for people; `null`: nothing. */
  get problem(): string | null {
    const { logger, path } = this.#parts;
    if (logger.failure === null) return null;
    return `the audit log ${path} cannot be written (${logger.failure.error.message}); operators cannot change anything until it can`;
  }

  /** How large its files may be and how many are kept, from now on. */
  limit(limits: Omit<LineFileOptions, "path">): void {
    this.#parts.file.limit(limits);
  }

  begin({ path, caller, origin, peer, request }: OperatorCall): CallRecord {
    const { clock, processOf } = this.#parts;
    const method = methodOf(path);
    if (this.problem !== null) throw unavailable(method, this.problem);
    const startedMs = clock.monotonicMs();
    const processId = origin.thisHost ? processOf(peer) : null;
    const head = {
      method,
      caller: caller.name,
      roles: [...caller.roles],
      ...whence(origin, peer),
      ...(processId === null ? {} : { processId }),
      request: summarize(request),
    };
    return {
      write: async ({ code, reason }: CallOutcome) => {
        const durationMs = Math.round(clock.monotonicMs() - startedMs);
        const end = { outcome: code, ...(reason === null ? {} : { reason }), durationMs };
        await this.#write({ ...head, ...end, ...this.#revision() }, true);
      },
    };
  }

  turnedAway({ path, origin, peer, caller, outcome }: TurnedAwayCall): void {
    const nowMs = this.#parts.clock.monotonicMs();
    const from = whence(origin, peer);
    if (!this.#refusals.take(from.origin, nowMs)) return;
    const { code, reason } = outcome;
    const head = { method: methodOf(path), ...(caller === null ? {} : { caller }), ...from };
    void this.#write({ ...head, outcome: code, ...(reason === null ? {} : { reason }) }, false);
  }

  /** A no-op after that it stopped, the last one; lines of calls that end during the stop may follow. */
  deed({ what, ...fields }: BrokerDeed): void {
    if (this.#stopped) return;
    this.#stopped = what === "broker_stopped" || what === "fleet_server_stopped";
    void this.#write({ event: what, ...fields, ...this.#revision() }, true);
  }

  /** Counts refusals and tries a file again that could not be written. Returns in how many milliseconds to call again. */
  advance(): number | null {
    const { clock, logger } = this.#parts;
    const nowMs = clock.monotonicMs();
    for (const { origin, count } of this.#refusals.over(nowMs)) {
      void this.#write({ event: "more_calls_turned_away", origin, count }, false);
    }
    if (this.#retryAtMs !== null && this.#retryAtMs <= nowMs) {
      this.#retryAtMs = null;
      void logger.retry().then((done) => this.#retried(done));
    }
    const next = [this.#retryAtMs, this.#refusals.nextMs()].filter((atMs) => atMs !== null);
    return next.length === 0 ? null : Math.max(0, Math.min(...next) - nowMs);
  }

  /** Resolves when every line was written, or cannot be. */
  close(): Promise<void> {
    return this.#parts.logger.close();
  }

  #revision(): { readonly revision?: number } {
    const { revision } = this.#parts;
    return revision === null ? {} : { revision: revision() };
  }

  async #write(fields: object, durable: boolean): Promise<void> {
    const { logger, log, path, clock } = this.#parts;
    const entry = { time: new Date(clock.wallMs()).toISOString(), ...fields };
    const error = await logger.write(entry, durable);
    if (error === null) return;
    log.error("a line of the audit log cannot be written; it follows here", {
      path,
      error,
      entry,
    });
    this.#retryAtMs ??= clock.monotonicMs() + retryEveryMs;
  }

  #retried(done: boolean): void {
    const { log, path, clock } = this.#parts;
    if (done) log.info("the audit log can be written again", { path });
    else this.#retryAtMs ??= clock.monotonicMs() + retryEveryMs;
  }
}

function unavailable(method: string, problem: string): BrokerError {
  return new BrokerError(
    "audit_log_unavailable",
    `${method} was not done, since it could not be written down: ${problem}. Make room on its disk, mend its rights, or choose ` +
      "another auditLog.file",
    { metadata: { method }, retryAfterMs: retryEveryMs },
  );
}

function whence(
  { thisHost }: OperatorCall["origin"],
  peer: string,
): { readonly origin: string; readonly peer: string } {
  return { origin: thisHost ? "this host" : addressOf(peer), peer };
}

/** Without the port, of which one caller has many. */
function addressOf(peer: string): string {
  const end = peer.lastIndexOf(":");
  return end < 0 ? peer : peer.slice(0, end);
}

/** "/portlease.v1.AdminService/DrainBlock" is DrainBlock to people. */
function methodOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
