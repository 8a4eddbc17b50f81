// What the CLI proves to a broker about its user: what the options say and, for changes of the broker on this host, the admin token
// that lies in the broker's data directory, where only its owner can read it.

import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import type { Metadata } from "@grpc/grpc-js";
import { brokerAccess, type BrokerAccessOptions, staysOnThisHost } from "@portlease/client";
import { neededRoles } from "../../src/server/access/method-roles.js";
import { thisWorld } from "../../src/server/config/config-world.js";
import { defaultDataDirectory } from "../../src/server/config/default-directories.js";
import type { ConnectionOptions } from "./broker-options.js";

/** Options that are not given are left to the environment. */
export function accessOptionsOf(options: ConnectionOptions): BrokerAccessOptions {
  const { tokenFile, caFile, certFile, keyFile } = options;
  const tls = {
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  };
  return {
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  };
}

/**
 * Adds the token of the broker with the default data directory to a call that needs the role admin and has no token. A broker with
 * another directory does not know it, and says so; nothing is added for a broker on another host.
 */
export function withAdminToken(
  path: string,
  metadata: Metadata,
  address: string,
  dataDirectory = defaultDataDirectory(thisWorld()),
): Metadata {
  const needsAdmin = neededRoles(path)?.includes("admin") ?? false;
  if (!needsAdmin || metadata.get("authorization").length > 0) return metadata;
  // Never this host's token to another host, not even over TLS.
  if (!staysOnThisHost(address)) return metadata;
  const tokenFile = join(dataDirectory, "admin.token");
  return isReadable(tokenFile) ? brokerAccess(address, { tokenFile }).metadata() : metadata;
}

/** False for the broker of another user: what it answers without a token says what to do. */
function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
