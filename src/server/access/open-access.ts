// Opens who may call: tokens, the broker's own admin token among them, certificates, and the watch that reads both again when their
// files change.

import type { PrivateFolders } from "@portlease/native";
import type { BrokerConfig } from "../config/config.js";
import type { Clock } from "../domain/boundaries.js";
import type { Log } from "../log.js";
import type { TellAccessChange } from "./access-change.js";
import { byAccessList, byItsFolder, byModeBits } from "./file-privacy.js";
import { FileWatch } from "./file-watch.js";
import { Gate } from "./gate.js";
import { Identities } from "./identities.js";
import { readTlsIdentity, type TlsIdentity, tlsFiles } from "./tls-material.js";
import { makeTokenFile } from "./token-file.js";
import { Tokens } from "./tokens.js";

export interface OpenAccess {
  readonly gate: Gate;
  /** `null`: clear text. */
  readonly tls: TlsIdentity | null;
  readonly files: FileWatch;
}

export interface AccessParts {
  /** `null` where mode bits say who may read. */
  readonly privateFolders: PrivateFolders | null;
  readonly clock: Clock;
  readonly tell: TellAccessChange;
  readonly log: Log;
}

type AccessConfig = Pick<BrokerConfig, "requireToken" | "tokens" | "tls" | "limits">;

/**
 * Throws StartError CANNOT_SECURE. Makes the admin token when it is missing: call it with the lock on the data directory, in which
 * `adminTokenPath` lies.
 */
export function openAccess(
  config: AccessConfig,
  adminTokenPath: string,
  { privateFolders, clock, tell, log }: AccessParts,
): OpenAccess {
  const { requireToken, tls, limits } = config;
  const files = new FileWatch(clock);
  const tokens = new Tokens();
  makeTokenFile(adminTokenPath);
  const own = { name: "admin-file", role: "admin", file: adminTokenPath } as const;
  const [inDataDirectory, elsewhere] =
    privateFolders === null
      ? [byModeBits, byModeBits]
      : [byItsFolder, byAccessList(privateFolders)];
  tokens.add({ ...own, privacy: inDataDirectory }, files, log, tell);
  for (const token of config.tokens) {
    tokens.add({ ...token, privacy: elsewhere }, files, log, tell);
  }
  const gate = new Gate({
    tokens,
    identities: new Identities(tls?.identities ?? []),
    requireToken,
    callsPerSecond: limits.callsPerSecondMax,
    clock,
  });
  return { gate, tls: tls === null ? null : readTlsIdentity(tls, clock, log), files };
}

/** Calls `changed` after the tokens of any file were read again. Call it after `openAccess`, whose looks go first. */
export function watchTokens(
  { tokens }: Pick<BrokerConfig, "tokens">,
  adminTokenPath: string,
  files: FileWatch,
  changed: () => void,
): void {
  files.watch([adminTokenPath, ...tokens.map(({ file }) => file)], changed);
}

/** Hands certificates on when their files change; one that cannot be used is told, and the one before stays. */
export function watchCertificates(
  { tls }: Pick<BrokerConfig, "tls">,
  files: FileWatch,
  { clock, tell, log }: AccessParts,
  replace: (identity: TlsIdentity) => void,
): void {
  if (tls === null) return;
  const { certFile } = tls;
  files.watch(tlsFiles(tls), () => {
    try {
      replace(readTlsIdentity(tls, clock, log));
      log.info("the certificate changed; new connections get the new one", { file: certFile });
      tell({ what: "certificate_changed", file: certFile, usable: true });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.error("the certificate changed and cannot be used; the one before stays", {
        file: certFile,
        reason,
      });
      tell({ what: "certificate_changed", file: certFile, usable: false, detail: reason });
    }
  });
}
