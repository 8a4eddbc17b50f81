// What the CLI proves to a server about its user: what the options say and, for changes of the broker or the fleet server on this host,
// the admin token that lies in its data directory, where only its owner can read it.

import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import type { Metadata } from "@grpc/grpc-js";
import { brokerAccess, type BrokerAccessOptions, staysOnThisHost } from "@portlease/client";
import { neededRoles } from "../../src/server/access/method-roles.js";
import { thisWorld } from "../../src/server/config/config-world.js";
import { defaultDataDirectory, fleetProduct } from "../../src/server/config/default-directories.js";
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

/** Where the server of this host that has the method keeps its admin token, when it has the default data directory. */
export function adminTokenFile(path: string, dataDirectory = dataDirectoryFor(path)): string {
  return join(dataDirectory, "admin.token");
}

/** Neither server is shown the token of the other one. */
function dataDirectoryFor(path: string): string {
  return path.startsWith("/portlease.v1.FleetService/")
    ? defaultDataDirectory(thisWorld(), fleetProduct)
    : defaultDataDirectory(thisWorld());
}

/**
 * Adds the token of the server with the default data directory to a call that needs the role admin and has no token. A server with
 * another directory does not know it, and says so; nothing is added for a server on another host, nor for a user who shows a certificate: a
 * token that is sent counts alone.
 */
export function withAdminToken(
  options: Pick<ConnectionOptions, "certFile">,
  path: string,
  metadata: Metadata,
  address: string,
  dataDirectory?: string,
): Metadata {
  if (metadata.get("authorization").length > 0) return metadata;
  const tokenFile = adminTokenFile(path, dataDirectory);
  if (!needsAdminToken(options, path, address) || !isReadable(tokenFile)) return metadata;
  return brokerAccess(address, { tokenFile }).metadata();
}

/** Where the token of a call comes from, for people; `null`: it has none. The token itself is not in it. */
export function sentToken(
  options: ConnectionOptions,
  path: string,
  address: string,
): string | null {
  const { tokenFile } = options;
  if (tokenFile !== undefined) return `--token-file ${tokenFile}`;
  const variable = process.env["PORTLEASE_TOKEN_FILE"];
  if (variable !== undefined && variable !== "") return `PORTLEASE_TOKEN_FILE, ${variable}`;
  const ofThisHost = adminTokenFile(path);
  return needsAdminToken(options, path, address) && isReadable(ofThisHost) ? ofThisHost : null;
}

/** Never this host's token to another host, not even over TLS, and none beside a certificate. */
function needsAdminToken(
  { certFile = process.env["PORTLEASE_CERT_FILE"] ?? "" }: Pick<ConnectionOptions, "certFile">,
  path: string,
  address: string,
): boolean {
  if (certFile !== "") return false;
  return (neededRoles(path)?.includes("admin") ?? false) && staysOnThisHost(address);
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
