// Which client certificates stand for whom: the names in them against the patterns of the configuration.

import { rolesOf, type Caller, type Role } from "./caller.js";

export interface IdentityRule {
  /** "URI:spiffe://example.org/ns/*", "DNS:orders.example.org" or "CN:orders". `*` stands for one part of a name. */
  readonly match: string;
  readonly role: Role;
}

interface CompiledRule {
  readonly pattern: RegExp;
  readonly roles: ReadonlySet<Role>;
}

export class Identities {
  readonly #rules: readonly CompiledRule[];

  constructor(rules: readonly IdentityRule[]) {
    this.#rules = rules.map(({ match, role }) => ({
      pattern: compile(match),
      roles: rolesOf(role),
    }));
  }

  /** The first rule that fits any of the names decides; `null` when none does. */
  callerOf(names: readonly string[]): Caller | null {
    for (const { pattern, roles } of this.#rules) {
      const name = names.find((candidate) => pattern.test(candidate));
      if (name !== undefined) return { name: `cert:${name}`, roles };
    }
    return null;
  }
}

/** What ends a part of a name, by the kind of the name: a star never reaches into the next part. */
const separators: Readonly<Record<string, string>> = { DNS: ".", URI: "/" };

function compile(match: string): RegExp {
  const kind = match.slice(0, match.indexOf(":"));
  const separator = separators[kind];
  const star = separator === undefined ? ".+" : `[^${separator}]+`;
  const text = match.split("*").map(escape).join(star);
  // Host names have no case; paths have.
  return new RegExp(`^${text}$`, kind === "DNS" ? "iu" : "u");
}

function escape(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}/]/g, String.raw`\$&`);
}
