// The form of an address to listen on, as a part of the schema.

import * as z from "zod";
import { findListenAddress, formatListenAddress } from "./listen-address.js";

/** host:port. Whether other hosts may reach it depends on TLS: access-conflicts.ts. `port`: the usual one, for the words. */
export function listenSchema(port: number): z.ZodType<string> {
  return listenOr([], port);
}

/** The same, or one of the words. */
export function listenOr(words: readonly string[], port: number): z.ZodType<string> {
  const form = [`host:port, such as 127.0.0.1:${port} or [::1]:${port}`, ...words].join(", or ");
  return z.unknown().transform((value, context): string => {
    if (typeof value === "string" && words.includes(value)) return value;
    const address = typeof value === "string" ? findListenAddress(value) : null;
    if (address !== null) return formatListenAddress(address);
    context.addIssue({ code: "custom", message: `it must be ${form}` });
    return z.NEVER;
  });
}
