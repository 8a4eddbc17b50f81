// The etcd of a fleet, as broker and fleet server connect to it: with the password and the files that their configurations name.

import { openPrivateFolders } from "@portlease/native";
import { type Etcd, EtcdError } from "../etcd/etcd.js";
import { parseEtcdUrl } from "../etcd/etcd-url.js";
import { openEtcd } from "../etcd/open-etcd.js";
import { byAccessList, byModeBits, type FilePrivacy } from "./access/file-privacy.js";
import { readPassword } from "./access/token-file.js";
import type { EtcdAccess } from "./config/etcd-access.js";
import { StartError } from "./start-error.js";

/** Waits for nothing. Throws StartError CANNOT_SECURE when the password's file or those of TLS cannot be used. */
export function connectEtcd(access: EtcdAccess): Etcd {
  const { url, user, passwordFile, caFile, certFile, keyFile } = access;
  const { endpoints, secure } = parseEtcdUrl(url);
  const tls = {
    caFile: caFile ?? undefined,
    certFile: certFile ?? undefined,
    keyFile: keyFile ?? undefined,
  };
  try {
    return openEtcd({ endpoints, secure, tls, user: userOf(user, passwordFile) });
  } catch (error) {
    if (error instanceof EtcdError) throw new StartError("CANNOT_SECURE", error.message, error);
    throw error;
  }
}

function userOf(
  name: string | null,
  passwordFile: string | null,
): { readonly name: string; readonly password: () => string } | undefined {
  if (name === null || passwordFile === null) return undefined;
  const privacy: FilePrivacy =
    process.platform === "win32" ? byAccessList(openPrivateFolders()) : byModeBits;
  const password = (): string => readPassword(passwordFile, privacy);
  // What is wrong with the file is told at the start, and not only when etcd asks for it.
  password();
  return { name, password };
}
