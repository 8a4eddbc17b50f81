// The bearer tokens that are valid now, and whom each stands for. Their files are read again when they change.

import { createHash, timingSafeEqual } from "node:crypto";
import type { Log } from "../log.js";
import { rolesOf, type Caller, type Role } from "./caller.js";
import type { TellAccessChange } from "./access-change.js";
import type { FilePrivacy } from "./file-privacy.js";
import { type FileWatch, markOf } from "./file-watch.js";
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

interface ReadTokens {
  /** What the file was like before it was read. */
  readonly since: string;
  readonly known: readonly KnownToken[];
}

/** Those of each file. */
export type KnownTokens = Map<TokenSource, ReadTokens>;

export class Tokens {
  #bySource: KnownTokens = new Map();
  #unwatch: readonly (() => void)[] = [];

  /** Reads what `replace` is to have. Throws StartError CANNOT_SECURE. */
  read(sources: readonly TokenSource[]): KnownTokens {
    return new Map(sources.map((source) => [source, tokensOf(source)]));
  }

  /** These tokens are valid, and no others, and each file is read again whenever it changes. Returns whether that changed any. */
  replace(tokens: KnownTokens, files: FileWatch, log: Log, tell: TellAccessChange): boolean {
    const before = fingerprintOf(this.#bySource);
    for (const unwatch of this.#unwatch) unwatch();
    this.#bySource = new Map(tokens);
    this.#unwatch = [...tokens].map(([source, { since }]) =>
      files.watch([source.file], () => this.#readAgain(source, log, tell), since),
    );
    return fingerprintOf(tokens) !== before;
  }

  /**
   * Whom the token stands for; `null` for an unknown one. Takes as long for a wrong one as for a right one: digests are compared,
   * in constant time, with every token there is.
   */
  callerOf(token: string): Caller | null {
    const digest = digestOf(token);
    let found: Caller | null = null;
    for (const { known } of this.#bySource.values()) {
      for (const candidate of known) {
        if (timingSafeEqual(candidate.digest, digest)) found = candidate.caller;
      }
    }
    return found;
  }

  /** What cannot be read safely is not accepted: a file that was removed, or that others can read now, ends its tokens. */
  #readAgain(source: TokenSource, log: Log, tell: TellAccessChange): void {
    const { name, file } = source;
    const caller = callerName(name);
    const change = { what: "token_file_changed", file, caller } as const;
    try {
      this.#bySource.set(source, tokensOf(source));
      log.info("a token file changed and was read again", { caller, file });
      tell({ ...change, usable: true });
    } catch (error) {
      this.#bySource.set(source, { since: "", known: [] });
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

function tokensOf({ name, role, file, privacy }: TokenSource): ReadTokens {
  const since = markOf([file]);
  const caller = { name: callerName(name), roles: rolesOf(role) };
  const tokens = readTokenFile(file, privacy);
  return { since, known: tokens.map((token) => ({ digest: digestOf(token), caller })) };
}

/** Of digests, names and roles: whoever sees it learns no token. */
function fingerprintOf(tokens: KnownTokens): string {
  const known = [...tokens.values()].flatMap((read) => read.known);
  return known
    .map(
      ({ digest, caller }) =>
        `${digest.toString("hex")} ${caller.name} ${[...caller.roles].join()}`,
    )
    .join("\n");
}

function callerName(name: string): string {
  return `token:${name}`;
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
