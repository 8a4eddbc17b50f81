// The bearer tokens that are valid now, and whom each stands for. Their files are read again when they change.

import { createHash, timingSafeEqual } from "node:crypto";
import type { Log } from "../log.js";
import { rolesOf, type Caller, type Role } from "./caller.js";
import type { TellAccessChange } from "./access-change.js";
import type { FilePrivacy } from "./file-privacy.js";
import type { FileWatch } from "./file-watch.js";
import { readTokenFile } from "./token-file.js";

export interface TokenSource {
  readonly name: string;
  readonly role: Role;
  /** Absolute path. */
  readonly file: string;
  readonly privacy: FilePrivacy;
}

interface KnownToken {
  readonly digest: Buffer;
  readonly caller: Caller;
}

export class Tokens {
  readonly #bySource = new Map<TokenSource, readonly KnownToken[]>();

  /** Reads the file now and from then on whenever it changes. Throws StartError CANNOT_SECURE. */
  add(source: TokenSource, files: FileWatch, log: Log, tell: TellAccessChange): void {
    this.#read(source);
    files.watch([source.file], () => this.#readAgain(source, log, tell));
  }

  /**
   * Whom the token stands for; `null` for an unknown one. Takes as long for a wrong one as for a right one: digests are compared,
   * in constant time, with every token there is.
   */
  callerOf(token: string): Caller | null {
    const digest = digestOf(token);
    let found: Caller | null = null;
    for (const known of this.#bySource.values()) {
      for (const candidate of known) {
        if (timingSafeEqual(candidate.digest, digest)) found = candidate.caller;
      }
    }
    return found;
  }

  #read(source: TokenSource): void {
    const { name, role, file, privacy } = source;
    const caller = { name: callerName(name), roles: rolesOf(role) };
    const tokens = readTokenFile(file, privacy);
    this.#bySource.set(
      source,
      tokens.map((token) => ({ digest: digestOf(token), caller })),
    );
  }

  /** What cannot be read safely is not accepted: a file that was removed, or that others can read now, ends its tokens. */
  #readAgain(source: TokenSource, log: Log, tell: TellAccessChange): void {
    const { name, file } = source;
    const caller = callerName(name);
    const change = { what: "token_file_changed", file, caller } as const;
    try {
      this.#read(source);
      log.info("a token file changed and was read again", { caller, file });
      tell({ ...change, usable: true });
    } catch (error) {
      this.#bySource.set(source, []);
      const reason = error instanceof Error ? error.message : String(error);
      log.error("a token file changed and cannot be used: its tokens are valid no more", {
        caller,
        file,
        reason,
      });
      tell({ ...change, usable: false, detail: reason });
    }
  }
}

function callerName(name: string): string {
  return `token:${name}`;
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
