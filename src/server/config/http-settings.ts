// The settings of the HTTP listener: their form, their defaults, and what "auto" stands for.

import * as z from "zod";
import type { BrokerConfig, HttpConfig } from "./config.js";
import {
  findListenAddress,
  formatListenAddress,
  type ListenAddress,
  parseListenAddress,
} from "./listen-address.js";
import type { Choose } from "./resolve-access.js";
import { must, text } from "./schema-values.js";

/** The broker's, beside the port of gRPC; the documentation and --help name it too. */
export const brokerHttpAddress: ListenAddress = { host: "127.0.0.1", port: 7_601 };
/** Each is compared with each request. */
const allowedHostsMax = 64;

const listen = z.unknown().transform((value, context): string => {
  if (value === "auto" || value === "off") return value;
  const address = typeof value === "string" ? findListenAddress(value) : null;
  if (address === null) {
    const form = "it must be host:port, such as 127.0.0.1:7601 or [::1]:7601, or auto, or off";
    context.addIssue({ code: "custom", message: form });
    return z.NEVER;
  }
  return formatListenAddress(address);
});

const host = text(
  "the name of a host, without a port, such as ports.example.org",
  /^(?:[\w.-]{1,253}|(?:[\da-fA-F]{0,4}:){2,7}[\da-fA-F.]{0,15})$/,
);

export const httpSchema = z.strictObject(
  {
    listen: listen.optional(),
    allowedHosts: z
      .array(host, must("a list of names"))
      .max(allowedHostsMax, must(`a list of at most ${allowedHostsMax} names`))
      .optional(),
  },
  must("a group of the keys listen, allowedHosts"),
);

export function resolveHttp(choose: Choose): HttpConfig {
  const allowed = choose("http.allowedHosts", ({ http }) => http?.allowedHosts) ?? [];
  return {
    listen: choose("http.listen", ({ http }) => http?.listen) ?? "auto",
    allowedHosts: allowed.map((name) => name.toLowerCase()),
  };
}

export interface HttpWish {
  readonly address: ListenAddress;
  /** True: where the address cannot be had, a port of loopback that the operating system chooses is as good. */
  readonly orElsewhere: boolean;
}

/** `null`: nowhere. A server whose gRPC port the operating system picks gets both of its ports from it. `auto`: what that stands for. */
export function httpWish(
  { http, listen: grpc }: Pick<BrokerConfig, "http" | "listen">,
  auto: ListenAddress = brokerHttpAddress,
): HttpWish | null {
  switch (http.listen) {
    case "off":
      return null;
    case "auto": {
      const picked = parseListenAddress(grpc).port === 0;
      return {
        address: picked ? { ...auto, port: 0 } : auto,
        orElsewhere: true,
      };
    }
    default:
      return { address: parseListenAddress(http.listen), orElsewhere: false };
  }
}
