// The etcd of a fleet, as broker and fleet server connect to it: with the password and the files that their configurations name.

import { type Etcd, EtcdError } from "../etcd/etcd.js";
import { parseEtcdUrl } from "../etcd/etcd-url.js";
import { openEtcd } from "../etcd/open-etcd.js";
import type { FilePrivacy } from "./access/file-privacy.js";
import { readPassword } from "./access/token-file.js";
import type { EtcdAccess } from "./config/etcd-access.js";
import { StartError } from "./start-error.js";

/** Waits for nothing. Throws StartError CANNOT_SECURE when the password's file or those of TLS cannot be used. */
export function connectEtcd(
  { url, user, passwordFile, caFile, certFile, keyFile }: EtcdAccess,
  privacy: FilePrivacy,
): Etcd {
  const { endpoints, secure } = parseEtcdUrl(url);
  const password = (): string => (passwordFile === null ? "" : readPassword(passwordFile, privacy));
  // What is wrong with it is told at the start, and not when etcd is first asked.
  password();
  const tls = {
    caFile: caFile ?? undefined,
    certFile: certFile ?? undefined,
    keyFile: keyFile ?? undefined,
  };
  try {
    const known = user === null ? undefined : { name: user, password };
    return openEtcd({ endpoints, secure, tls, user: known });
  } catch (error) {
    if (error instanceof EtcdError) throw new StartError("CANNOT_SECURE", error.message, error);
    throw error;
  }
}
