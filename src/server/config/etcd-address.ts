// Where an etcd is, as it is written in a configuration: etcd://host:2379,host2:2379/prefix, or etcds:// for TLS. A user and a
// password have settings of their own, so that neither stands in command lines.

import * as z from "zod";
import { findListenAddress, formatListenAddress } from "./listen-address.js";

export interface EtcdAddress {
  /** host:port of each member, at least one. */
  readonly endpoints: readonly string[];
  readonly tls: boolean;
  /** What all keys begin with; begins and ends with a slash. */
  readonly prefix: string;
}

/** Where clients are served unless etcd is told otherwise: https://etcd.io/docs/v3.5/op-guide/configuration/ (--listen-client-urls) */
const usualPort = 2_379;
/** A cluster of more members than this is not advised: https://etcd.io/docs/v3.5/faq/#what-is-maximum-cluster-size */
const endpointsMax = 16;
export const usualPrefix = "/portlease/";

/** `null`: the text is no such address. */
export function parseEtcdAddress(text: string): EtcdAddress | null {
  const match = /^(etcds?):\/\/([^/?#@\s]+)(\/[\w.\-/]{0,254})?$/i.exec(text.trim());
  if (match === null) return null;
  const [, scheme = "", members = "", path = ""] = match;
  const endpoints = members.split(",").map(endpointOf);
  if (endpoints.length > endpointsMax || endpoints.includes(null)) return null;
  return {
    endpoints: [...new Set(endpoints.filter((endpoint) => endpoint !== null))],
    tls: scheme.toLowerCase() === "etcds",
    prefix: prefixOf(path),
  };
}

/** The address as it was written, for people. */
export function formatEtcdAddress({ endpoints, tls, prefix }: EtcdAddress): string {
  const scheme = tls ? "etcds" : "etcd";
  return `${scheme}://${endpoints.join(",")}${prefix === usualPrefix ? "" : prefix}`;
}

export const etcdAddressSchema: z.ZodType<EtcdAddress> = z
  .unknown()
  .transform((value, context): EtcdAddress => {
    const address = typeof value === "string" ? parseEtcdAddress(value) : null;
    if (address !== null) return address;
    const form =
      "it must be etcd://host:2379 or, with TLS, etcds://host:2379; more members follow after commas, and a prefix other than " +
      "/portlease/ at the end; user and password have settings of their own";
    context.addIssue({ code: "custom", message: form });
    return z.NEVER;
  });

function endpointOf(member: string): string | null {
  const withPort = /:\d+$/.test(member) && !/^\[[^\]]*$/.test(member);
  const address = findListenAddress(withPort ? member : `${member}:${usualPort}`);
  return address === null || address.port === 0 ? null : formatListenAddress(address);
}

/** "/" and "" are the usual one: keys at the root would run into those of others. */
function prefixOf(path: string): string {
  const inner = path.split("/").filter((part) => part !== "");
  return inner.length === 0 ? usualPrefix : `/${inner.join("/")}/`;
}
