// Where an etcd is, how it is reached, and as whom: settings that broker and fleet server have under names of their own.

import * as z from "zod";
import { hostOf, parseEtcdUrl, passwordInClearTo } from "../../etcd/etcd-url.js";
import type { MakeAbsolute } from "./absolute-files.js";
import type { Choose, SettingSources } from "./choose.js";
import type { ConfigProblem } from "./config-error.js";
import { conflict } from "./conflict.js";
import { text } from "./schema-values.js";

/** Paths are absolute, files are PEM. */
export interface EtcdAccess {
  /** etcd://host:2379,host2:2379/prefix, or etcds:// for TLS; without secrets. */
  readonly url: string;
  /** `null`: etcd is not told who asks. Together with `passwordFile`. */
  readonly user: string | null;
  readonly passwordFile: string | null;
  /** Whose certificates are believed; `null`: those of the authorities that Node believes. */
  readonly caFile: string | null;
  /** For an etcd that asks for a certificate; together with `keyFile`. */
  readonly certFile: string | null;
  readonly keyFile: string | null;
}

/** How it is reached, and as whom. */
export type EtcdCredentials = Omit<EtcdAccess, "url">;

export const etcdUrlSchema = z.unknown().transform((value, context): string => {
  try {
    if (typeof value !== "string") throw new RangeError("it must be a text such as etcd://host");
    parseEtcdUrl(value);
    return value;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    context.addIssue({ code: "custom", message: error.message });
    return z.NEVER;
  }
});

const path = text("a path", /^[^\0]+$/);

export const etcdAccessShape = {
  user: text("the name of a user of etcd", /^[^\0]{1,128}$/).optional(),
  passwordFile: path.optional(),
  caFile: path.optional(),
  certFile: path.optional(),
  keyFile: path.optional(),
} satisfies z.ZodRawShape;

/** `group`: the path of the group that they are in, such as "fleet"; `of` finds it. */
export function resolveEtcdCredentials<Form>(
  choose: Choose<Form>,
  group: string,
  of: (
    settings: Form,
  ) => { readonly [Key in keyof EtcdCredentials]?: string | undefined } | undefined,
): EtcdCredentials {
  const chosen = (key: keyof EtcdCredentials): string | null =>
    choose(`${group}.${key}`, (settings) => of(settings)?.[key]) ?? null;
  return {
    user: chosen("user"),
    passwordFile: chosen("passwordFile"),
    caFile: chosen("caFile"),
    certFile: chosen("certFile"),
    keyFile: chosen("keyFile"),
  };
}

/** The same with paths that are absolute. */
export function withAbsoluteFiles<Access extends EtcdCredentials>(
  access: Access,
  group: string,
  absolute: MakeAbsolute,
): Access {
  const at = (key: "passwordFile" | "caFile" | "certFile" | "keyFile"): string | null => {
    const file = access[key];
    return file === null ? null : absolute(`${group}.${key}`, file);
  };
  return {
    ...access,
    passwordFile: at("passwordFile"),
    caFile: at("caFile"),
    certFile: at("certFile"),
    keyFile: at("keyFile"),
  };
}

/** `pathOf`: the path of a setting. */
export function etcdConflicts(
  etcd: EtcdAccess,
  sources: SettingSources,
  pathOf: (key: keyof EtcdAccess) => string,
): readonly ConfigProblem[] {
  return [...pairProblems(etcd, pathOf), ...clearTextProblems(etcd, pathOf)].map(([key, message]) =>
    conflict(sources, pathOf(key), message),
  );
}

type KeyAndMessage = readonly [key: keyof EtcdAccess, message: string];
type PathOf = (key: keyof EtcdAccess) => string;

function pairProblems(etcd: EtcdAccess, pathOf: PathOf): readonly KeyAndMessage[] {
  const pairs = [
    ["user", "passwordFile"],
    ["certFile", "keyFile"],
  ] as const;
  return pairs.flatMap(([one, other]): KeyAndMessage[] => {
    if ((etcd[one] === null) === (etcd[other] === null)) return [];
    const message = `${pathOf(one)} and ${pathOf(other)} go together; give both, or neither`;
    return [[etcd[one] === null ? other : one, message]];
  });
}

function clearTextProblems(etcd: EtcdAccess, pathOf: PathOf): readonly KeyAndMessage[] {
  const problems: KeyAndMessage[] = [];
  const address = parseEtcdUrl(etcd.url);
  const endpoint = etcd.passwordFile === null ? null : passwordInClearTo(address);
  if (endpoint !== null) {
    const message =
      `${pathOf("url")} names ${hostOf(endpoint)} without TLS: the password would go there in clear text, and whoever reads it could ` +
      "write to etcd; use etcds://";
    problems.push(["user", message]);
  }
  const first = (["caFile", "certFile", "keyFile"] as const).find((key) => etcd[key] !== null);
  if (first !== undefined && !address.secure) {
    const message = `${pathOf(first)} is for TLS, and ${pathOf("url")} is without; write etcds:// there, or leave it out`;
    problems.push([first, message]);
  }
  return problems;
}
