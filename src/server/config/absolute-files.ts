// Makes the files that a configuration names absolute: a relative path in the file means beside the file, elsewhere it means in the
// current directory.

import { posix, win32 } from "node:path";
import { auditLogName } from "./audit-log-settings.js";
import type { SettingSources } from "./choose.js";
import type { ConfigWorld } from "./config-world.js";
import type { BrokerConfig, TlsConfig } from "./config.js";
import { absolutePath } from "./default-directories.js";

/** `key`: the setting that the path is of. */
export type MakeAbsolute = (key: string, path: string) => string;

export function absoluteBy(sources: SettingSources, world: ConfigWorld): MakeAbsolute {
  const paths = world.platform === "win32" ? win32 : posix;
  return (key, path) => {
    const source = sources.get(key);
    const base = source?.kind === "file" ? paths.dirname(source.file) : world.currentDirectory;
    return absolutePath(path, base, world);
  };
}

type FilesOfServers = Pick<BrokerConfig, "dataDirectory" | "auditLog" | "tokens" | "tls">;

/** Those that every server has. */
export function absoluteFiles(
  { dataDirectory: given, auditLog, tokens, tls }: FilesOfServers,
  absolute: MakeAbsolute,
  world: ConfigWorld,
): FilesOfServers {
  const dataDirectory = absolute("dataDirectory", given);
  const { file } = auditLog;
  const paths = world.platform === "win32" ? win32 : posix;
  // "" stands for the file that nobody chose.
  const beside = paths.join(dataDirectory, auditLogName);
  return {
    dataDirectory,
    auditLog: {
      ...auditLog,
      file: file === null ? null : file === "" ? beside : absolute("auditLog.file", file),
    },
    tokens: tokens.map((token) => ({ ...token, file: absolute("tokens", token.file) })),
    tls: tls === null ? null : absoluteTls(tls, absolute),
  };
}

function absoluteTls(tls: TlsConfig, absolute: MakeAbsolute): TlsConfig {
  const { certFile, keyFile, clientCaFile } = tls;
  return {
    ...tls,
    certFile: absolute("tls.certFile", certFile),
    keyFile: absolute("tls.keyFile", keyFile),
    clientCaFile: clientCaFile === null ? null : absolute("tls.clientCaFile", clientCaFile),
  };
}
