// TLS to etcd: whose certificates are believed, and the client's own. The files are read for each new connection, so that renewed
// ones are taken.

import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import { credentials, type ChannelCredentials, type ChannelOptions } from "@grpc/grpc-js";
import { hostOf } from "./etcd-url.js";

/** PEM each. */
export interface EtcdTlsFiles {
  /** The authorities that are believed; default: those that Node trusts. */
  readonly caFile?: string | undefined;
  /** The client's certificate with its chain, for an etcd that asks for one; with `keyFile`. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

export interface ChannelSettings {
  readonly credentials: ChannelCredentials;
  readonly options: ChannelOptions;
}

/** Sent where the endpoint is an IP address, which the TLS extension for names must not carry: RFC 6066, section 3. */
const noName = "etcd.invalid";

export function plainChannel(): ChannelSettings {
  return { credentials: credentials.createInsecure(), options: {} };
}

/** Throws what reading the files throws, or an error that names them when they are no certificates or keys. */
export function tlsChannel(endpoint: string, files: EtcdTlsFiles): ChannelSettings {
  const host = hostOf(endpoint);
  const byAddress = isIP(host) !== 0;
  const ca = read(files.caFile);
  const [key, cert] = [read(files.keyFile), read(files.certFile)];
  try {
    // TLS would take a file without any certificate, and believe nobody.
    if (ca !== null) void new X509Certificate(ca);
    return {
      credentials: credentials.createSsl(
        ca,
        key,
        cert,
        byAddress
          ? { checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate) }
          : {},
      ),
      options: byAddress ? { "grpc.ssl_target_name_override": noName } : {},
    };
  } catch (error) {
    const paths = Object.values(files).filter((path) => path !== undefined);
    throw new Error(`${paths.join(", ")} cannot be used for TLS: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function read(path: string | undefined): Buffer | null {
  return path === undefined ? null : readFileSync(path);
}
