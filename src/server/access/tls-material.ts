// The broker's certificate, its key and the authorities of its clients, read from their files and checked against each other before
// anybody relies on them.

import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { TlsConfig } from "../config/config.js";
import type { Clock } from "../domain/boundaries.js";
import type { Log } from "../log.js";
import { StartError } from "../start-error.js";

export interface TlsIdentity {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Whose client certificates are believed; `null`: none are asked for. */
  readonly ca: Buffer | null;
  readonly clientCertificate: "none" | "optional" | "required";
}

export function tlsFiles({ certFile, keyFile, clientCaFile }: TlsConfig): readonly string[] {
  return [certFile, keyFile, ...(clientCaFile === null ? [] : [clientCaFile])];
}

/** Throws StartError CANNOT_SECURE when a file cannot be read, or key and certificate do not fit. Warns of what is doubtful. */
export function readTlsIdentity(config: TlsConfig, clock: Clock, log: Log): TlsIdentity {
  const { certFile, keyFile, clientCaFile, requireClientCertificate } = config;
  const identity: TlsIdentity = {
    cert: read("tls.certFile", certFile),
    key: read("tls.keyFile", keyFile),
    ca: clientCaFile === null ? null : read("tls.clientCaFile", clientCaFile),
    clientCertificate:
      clientCaFile === null ? "none" : requireClientCertificate ? "required" : "optional",
  };
  check(config, identity);
  warnOfDoubts(config, identity, clock, log);
  return identity;
}

/** Whether both have the same certificate, key and authorities. */
export function isSameIdentity(one: TlsIdentity | null, other: TlsIdentity | null): boolean {
  if (one === null || other === null) return one === other;
  const sameCa =
    one.ca === null || other.ca === null ? one.ca === other.ca : one.ca.equals(other.ca);
  return sameCa && one.cert.equals(other.cert) && one.key.equals(other.key);
}

function read(setting: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const why = (error as Error).message;
    throw new StartError("CANNOT_SECURE", `${setting} ${path} cannot be read: ${why}`, error);
  }
}

function check({ certFile, keyFile }: TlsConfig, { cert, key }: TlsIdentity): void {
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new StartError(
      "CANNOT_SECURE",
      `the certificate ${certFile} and the key ${keyFile} cannot be used together: ${(error as Error).message}; both must be PEM, ` +
        "and of one pair",
      error,
    );
  }
}

function warnOfDoubts(config: TlsConfig, identity: TlsIdentity, clock: Clock, log: Log): void {
  const { certFile, keyFile, clientCaFile } = config;
  const expired = (file: string, bytes: Buffer): void => {
    const { validTo } = certificateOf(file, bytes);
    if (Date.parse(validTo) >= clock.wallMs()) return;
    const reason = `it was valid until ${validTo}`;
    log.warn("a certificate has expired: it will be refused", { file, reason });
  };
  expired(certFile, identity.cert);
  if (clientCaFile !== null && identity.ca !== null) expired(clientCaFile, identity.ca);
  // Elsewhere mode bits say nothing.
  if (process.platform !== "win32" && (statSync(keyFile).mode & 0o007) !== 0) {
    log.warn("everybody on this host may read the key of the certificate; chmod it", {
      file: keyFile,
    });
  }
}

/** The first of the file. */
function certificateOf(file: string, bytes: Buffer): X509Certificate {
  try {
    return new X509Certificate(bytes);
  } catch (error) {
    const why = (error as Error).message;
    throw new StartError("CANNOT_SECURE", `${file} has no certificate in PEM: ${why}`, error);
  }
}
