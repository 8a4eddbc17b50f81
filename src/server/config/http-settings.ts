// The settings of the HTTP listener: their form, their defaults, and what "auto" stands for.

import * as z from "zod";
import type { BrokerConfig, HttpConfig } from "./config.js";
import type { Choose } from "./choose.js";
import { listenOr } from "./endpoint-schema.js";
import { type ListenAddress, parseListenAddress } from "./listen-address.js";
import { must, text } from "./schema-values.js";

/** The broker's, beside the port of gRPC; the documentation and --help name it too. */
export const brokerHttpAddress: ListenAddress = { host: "127.0.0.1", port: 7_601 };
/** Each is compared with each request. */
const allowedHostsMax = 64;

const host = text(
  "the name of a host, without a port, such as ports.example.org",
  /^(?:[\w.-]{1,253}|(?:[\da-fA-F]{0,4}:){2,7}[\da-fA-F.]{0,15})$/,
);

type HttpSchema = z.ZodObject<
  {
    listen: z.ZodOptional<z.ZodType<string>>;
    allowedHosts: z.ZodOptional<z.ZodArray<z.ZodString>>;
  },
  z.core.$strict
>;

/** `usual`: where such a server serves HTTP when nobody says otherwise, for the words. */
export function httpSchemaWith(usual: ListenAddress): HttpSchema {
  return z.strictObject(
    {
      listen: listenOr(["auto", "off"], usual.port).optional(),
      allowedHosts: z
        .array(host, must("a list of names"))
        .max(allowedHostsMax, must(`a list of at most ${allowedHostsMax} names`))
        .optional(),
    },
    must("a group of the keys listen, allowedHosts"),
  );
}

interface HttpSettings {
  readonly http?: z.infer<HttpSchema> | undefined;
}

export function resolveHttp(choose: Choose<HttpSettings>): HttpConfig {
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
