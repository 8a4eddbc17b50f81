// Opens the audit log where the configuration wants it: its first line says that the server has started.

import type { AuditLogConfig } from "../config/config.js";
import type { Clock } from "../domain/boundaries.js";
import type { Log } from "../log.js";
import type { OpenedThings } from "../opened-things.js";
import type { ConnectionEnds } from "../peer-processes.js";
import { StartError } from "../start-error.js";
import { AuditLogger } from "./audit-logger.js";
import { FileAuditTrail } from "./file-audit-trail.js";
import { LineFile } from "./line-file.js";

export interface AuditTrailWorld {
  readonly clock: Clock;
  /** The first line's event. */
  readonly started: "broker_started" | "fleet_server_started";
  /** As of now; `null`: a server that has none. */
  readonly revision: (() => number) | null;
  readonly connections: { find(peer: string): ConnectionEnds | null };
  readonly processes: { ownerOf(connection: ConnectionEnds): number | null };
  readonly version: string;
  readonly log: Log;
}

/**
 * `null` where none is wanted. Closed by `opened`. Rejects with StartError CANNOT_SECURE when the first line cannot be written:
 * a server that nobody could steer had better not start.
 */
export async function openAuditTrail(
  { file: path, bytesMax, filesMax }: AuditLogConfig,
  { clock, started, revision, connections, processes, version, log }: AuditTrailWorld,
  opened: OpenedThings,
): Promise<FileAuditTrail | null> {
  if (path === null) return null;
  const file = new LineFile({ path, bytesMax, filesMax });
  const logger = new AuditLogger(file);
  opened.add(() => logger.close());
  const processOf = (peer: string): number | null => {
    const connection = connections.find(peer);
    return connection === null ? null : processes.ownerOf(connection);
  };
  const time = new Date(clock.wallMs()).toISOString();
  const at = revision === null ? {} : { revision: revision() };
  const begin = { time, event: started, detail: version, ...at };
  const error = await logger.write(begin, true);
  if (error === null)
    return new FileAuditTrail({ logger, file, path, clock, revision, processOf, log });
  throw new StartError(
    "CANNOT_SECURE",
    `the audit log ${path} cannot be written: ${error.message}; mend that, choose another auditLog.file, or none`,
    error,
  );
}
