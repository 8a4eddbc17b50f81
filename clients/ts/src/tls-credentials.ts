// TLS to a broker: whose certificates are believed, and the client's own.

import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import { credentials, type ChannelCredentials, type ChannelOptions } from "@grpc/grpc-js";
import { hostOf } from "./broker-address.js";
import { clientError, type PortleaseError } from "./errors.js";

/** Files are PEM and are read once: a client that outlives its certificate must be made anew. */
export interface TlsOptions {
  /** The authorities that are believed; "system", and the default: those that Node trusts. */
  readonly caFile?: string;
  /** The client's certificate with its chain, for a broker that asks for one; with `keyFile`. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** The name that the broker's certificate must have, where it is not the host of the address. */
  readonly serverName?: string;
}

export interface TlsChannel {
  readonly credentials: ChannelCredentials;
  readonly channelOptions: ChannelOptions;
}

/** Sent where the address is an IP address, which the TLS extension for names must not carry: RFC 6066, section 3. */
const noName = "portlease.invalid";

/** Throws OPTION_INVALID. */
export function tlsCredentials(address: string, options: TlsOptions): TlsChannel {
  const { caFile = "system", certFile, keyFile, serverName } = options;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const [given, missing] = certFile === undefined ? ["key", "cert"] : ["cert", "key"];
    throw invalid(`"${given}File" needs "${missing}File" beside it; give both or none`);
  }
  const host = hostOf(address) ?? "";
  const byAddress = serverName === undefined && isIP(host) !== 0;
  const name = byAddress ? noName : serverName;
  try {
    return {
      credentials: credentials.createSsl(
        caFile === "system" ? null : read(caFile),
        keyFile === undefined ? null : read(keyFile),
        certFile === undefined ? null : read(certFile),
        byAddress
          ? { checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate) }
          : {},
      ),
      channelOptions: name === undefined ? {} : { "grpc.ssl_target_name_override": name },
    };
  } catch (error) {
    // What the files have in them is not what TLS takes: no PEM, or a key of another certificate.
    const files = [caFile, certFile, keyFile].filter((file) => file !== undefined);
    throw invalid(`${files.join(", ")} cannot be used: ${(error as Error).message}`, error);
  }
}

function read(path: string): Buffer {
  return readFileSync(path);
}

function invalid(what: string, cause?: unknown): PortleaseError {
  const message = `the TLS options do not fit: ${what}.`;
  return clientError("INVALID_ARGUMENT", "OPTION_INVALID", message, {}, cause);
}
