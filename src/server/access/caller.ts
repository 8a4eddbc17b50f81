// Who calls, and what it may do. How that is found out is gate.ts.

/** `admin` includes the two others; whoever changes the broker may also see it and lease from it. */
export type Role = "holder" | "viewer" | "admin";

export interface Caller {
  /** Stable over the years: it is a part of what a request_id is bound to, and stands in the log. Never a secret. */
  readonly name: string;
  readonly roles: ReadonlySet<Role>;
}

/** A caller of this host without a token: holder and viewer, never admin (semantics.md 12). */
export const anonymous: Caller = { name: "anonymous", roles: new Set(["holder", "viewer"]) };

export function rolesOf(role: Role): ReadonlySet<Role> {
  return new Set<Role>(role === "admin" ? ["admin", "holder", "viewer"] : [role]);
}
