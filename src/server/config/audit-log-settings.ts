// The settings of the audit log: a part of the schema, and their defaults.

import * as z from "zod";
import type { AuditLogConfig } from "./config.js";
import type { Choose } from "./choose.js";
import { must, text, wholeNumber } from "./schema-values.js";

/** In the data directory, where nothing else is said. */
export const auditLogName = "audit.log";

/** Smaller files would be put aside every few hundred lines. */
const bytesLowest = 65_536;
const bytesHighest = 1_073_741_824;
const filesHighest = 1_000;

/** 100 MiB in all: a line has some 400 bytes, so a quarter of a million of them. */
const defaults = { bytesMax: 10_485_760, filesMax: 10 } as const;

export const auditLogSchema = z.strictObject(
  {
    file: text("a path, or none", /^[^\0]+$/).optional(),
    maxBytes: wholeNumber(bytesLowest, bytesHighest).optional(),
    maxFiles: wholeNumber(2, filesHighest).optional(),
  },
  must("a group of the keys file, maxBytes, maxFiles"),
);

interface AuditLogSettings {
  readonly auditLog?: z.infer<typeof auditLogSchema> | undefined;
}

/** `file` is "" where nobody chose one. */
export function resolveAuditLog(choose: Choose<AuditLogSettings>): AuditLogConfig {
  const file = choose("auditLog.file", ({ auditLog }) => auditLog?.file) ?? "";
  return {
    file: file === "none" ? null : file,
    bytesMax:
      choose("auditLog.maxBytes", ({ auditLog }) => auditLog?.maxBytes) ?? defaults.bytesMax,
    filesMax:
      choose("auditLog.maxFiles", ({ auditLog }) => auditLog?.maxFiles) ?? defaults.filesMax,
  };
}
