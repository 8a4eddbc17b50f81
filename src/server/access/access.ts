// Who may call: tokens, the server's own admin token among them, certificates, and the watch that reads both again when their files
// change. Another configuration of all that is prepared first, with every file read, and counts only when nothing is wrong with it.

import { createSecureContext } from "node:tls";
import type { PrivateFolders } from "@portlease/native";
import type { BrokerConfig, TlsConfig } from "../config/config.js";
import type { Clock } from "../domain/boundaries.js";
import type { Log } from "../log.js";
import { StartError } from "../start-error.js";
import type { TellAccessChange } from "./access-change.js";
import { byAccessList, byItsFolder, byModeBits } from "./file-privacy.js";
import { FileWatch, markOf } from "./file-watch.js";
import { Gate } from "./gate.js";
import { Identities } from "./identities.js";
import { contextOptions } from "./tls-context.js";
import { isSameIdentity, readTlsIdentity, type TlsIdentity, tlsFiles } from "./tls-material.js";
import { makeTokenFile } from "./token-file.js";
import { type KnownTokens, Tokens, type TokenSource } from "./tokens.js";

export interface AccessParts {
  /** `null` where mode bits say who may read. */
  readonly privateFolders: PrivateFolders | null;
  readonly clock: Clock;
  readonly tell: TellAccessChange;
  /** What kind of server this is, in the words of refusals: "broker". */
  readonly server: string;
  readonly log: Log;
}

export type AccessConfig = Pick<BrokerConfig, "requireToken" | "tokens" | "tls" | "limits">;

/** What has calls and connections, and hears of changes. */
export interface AccessUsers {
  /** Who calls is to be checked again. */
  checkCalls(): void;
  /** For connections from now on. */
  replaceCertificate(identity: TlsIdentity): void;
}

/** What the files were like before they were read. */
interface AccessMarks {
  readonly tokens: string;
  readonly tls: string;
}

/** Files that were read, and are worth being used. */
export interface PreparedAccess {
  /** Makes it count at once, for calls under way too. Says what was in the files that was not there before. */
  apply(): { readonly tokens: boolean; readonly certificate: boolean };
}

export class Access {
  readonly gate: Gate;
  readonly files: FileWatch;
  readonly #adminTokenPath: string;
  readonly #parts: AccessParts;
  readonly #tokens = new Tokens();
  #identity: TlsIdentity | null;
  #users: AccessUsers | null = null;
  #unwatch: readonly (() => void)[] = [];
  #since: AccessMarks;

  /**
   * Throws StartError CANNOT_SECURE. Makes the admin token when it is missing: call it with the lock on the data directory, in which
   * `adminTokenPath` lies.
   */
  constructor(config: AccessConfig, adminTokenPath: string, parts: AccessParts) {
    this.#adminTokenPath = adminTokenPath;
    this.#parts = parts;
    this.files = new FileWatch(parts.clock);
    makeTokenFile(adminTokenPath);
    this.#since = this.#marksOf(config);
    this.#replaceTokens(this.#readTokens(config));
    const rules = rulesOf(config);
    const { clock, server } = parts;
    this.gate = new Gate({ ...rules, tokens: this.#tokens, clock, server });
    this.#identity = this.#readIdentity(config.tls);
  }

  /** Of the certificate that counts; `null`: clear text. */
  get identity(): TlsIdentity | null {
    return this.#identity;
  }

  /** From now on `users` hear what changes in the files. */
  watchFor(users: AccessUsers, config: AccessConfig): void {
    this.#users = users;
    this.#watch(config, this.#since);
  }

  /** Reads the tokens of another configuration. Throws StartError CANNOT_SECURE; whether there is TLS at all cannot change. */
  prepare(config: AccessConfig): PreparedAccess {
    const since = this.#marksOf(config);
    const tokens = this.#readTokens(config);
    const identity = this.#readIdentity(config.tls);
    return { apply: () => this.#apply(config, since, tokens, identity) };
  }

  #apply(
    config: AccessConfig,
    since: AccessMarks,
    tokens: KnownTokens,
    identity: TlsIdentity | null,
  ): ReturnType<PreparedAccess["apply"]> {
    const replaced = this.#replaceTokens(tokens);
    this.gate.change(rulesOf(config));
    const certificate = !isSameIdentity(this.#identity, identity);
    if (certificate && identity !== null) this.#replaceCertificate(identity);
    this.#watch(config, since);
    this.#users?.checkCalls();
    return { tokens: replaced, certificate };
  }

  #readTokens({ tokens }: AccessConfig): KnownTokens {
    const { privateFolders } = this.#parts;
    const [inDataDirectory, elsewhere] =
      privateFolders === null
        ? [byModeBits, byModeBits]
        : [byItsFolder, byAccessList(privateFolders)];
    const own: TokenSource = {
      name: "admin-file",
      role: "admin",
      file: this.#adminTokenPath,
      privacy: inDataDirectory,
    };
    return this.#tokens.read([own, ...tokens.map((token) => ({ ...token, privacy: elsewhere }))]);
  }

  #replaceTokens(tokens: KnownTokens): boolean {
    const { log, tell } = this.#parts;
    return this.#tokens.replace(tokens, this.files, log, tell);
  }

  #readIdentity(tls: TlsConfig | null): TlsIdentity | null {
    if (tls === null) return null;
    const { clock, log } = this.#parts;
    const identity = readTlsIdentity(tls, clock, log);
    try {
      // What listeners will make of it, authorities included.
      createSecureContext(contextOptions(identity));
    } catch (error) {
      const why = (error as Error).message;
      throw new StartError("CANNOT_SECURE", `the files of tls cannot be used: ${why}`, error);
    }
    return identity;
  }

  #replaceCertificate(identity: TlsIdentity): void {
    this.#users?.replaceCertificate(identity);
    this.#identity = identity;
  }

  /** The looks at each token file go first: they were begun before. */
  #watch(config: AccessConfig, since: AccessMarks): void {
    const { tls } = config;
    for (const unwatch of this.#unwatch) unwatch();
    const checkCalls = (): void => this.#users?.checkCalls();
    this.#unwatch = [this.files.watch(this.#tokenFiles(config), checkCalls, since.tokens)];
    if (tls === null) return;
    const readAgain = (): void => this.#readAgain(tls);
    this.#unwatch = [...this.#unwatch, this.files.watch(tlsFiles(tls), readAgain, since.tls)];
  }

  #tokenFiles({ tokens }: AccessConfig): readonly string[] {
    return [this.#adminTokenPath, ...tokens.map(({ file }) => file)];
  }

  #marksOf(config: AccessConfig): AccessMarks {
    const { tls } = config;
    return {
      tokens: markOf(this.#tokenFiles(config)),
      tls: tls === null ? "" : markOf(tlsFiles(tls)),
    };
  }

  /** A certificate that cannot be used is told, and the one before stays. */
  #readAgain(tls: TlsConfig): void {
    const { log, tell } = this.#parts;
    const { certFile: file } = tls;
    try {
      const identity = this.#readIdentity(tls);
      if (identity !== null) this.#replaceCertificate(identity);
      log.info("the certificate changed; new connections get the new one", { file });
      tell({ what: "certificate_changed", file, usable: true });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.error("the certificate changed and cannot be used; the one before stays", {
        file,
        reason,
      });
      tell({ what: "certificate_changed", file, usable: false, detail: reason });
    }
  }
}

function rulesOf({ requireToken, tls, limits }: AccessConfig): {
  readonly requireToken: boolean;
  readonly identities: Identities;
  readonly callsPerSecond: number;
} {
  return {
    requireToken,
    identities: new Identities(tls?.identities ?? []),
    callsPerSecond: limits.callsPerSecondMax,
  };
}
