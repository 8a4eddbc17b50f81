// The part of the configuration that says who may call, put together out of the layers.

import type { BrokerConfig, TlsConfig } from "./config.js";
import type { Choose } from "./choose.js";
import type { Settings } from "./settings-schema.js";

type AccessSettings = Pick<Settings, "requireToken" | "tokens" | "tls" | "limits">;

/** docs/limits.md names them too. */
const defaults = {
  connectionsMax: 5_000,
  connectionsPerAddressMax: 500,
  callsPerSecondMax: 20_000,
} as const;

export function resolveAccess(
  choose: Choose<AccessSettings>,
): Pick<BrokerConfig, "requireToken" | "tokens" | "tls" | "limits"> {
  return {
    requireToken: choose("requireToken", ({ requireToken }) => requireToken) ?? false,
    tokens: choose("tokens", ({ tokens }) => tokens) ?? [],
    tls: resolveTls(choose),
    limits: {
      connectionsMax:
        choose("limits.connections", ({ limits }) => limits?.connections) ??
        defaults.connectionsMax,
      connectionsPerAddressMax:
        choose("limits.connectionsPerAddress", ({ limits }) => limits?.connectionsPerAddress) ??
        defaults.connectionsPerAddressMax,
      callsPerSecondMax:
        choose("limits.callsPerSecond", ({ limits }) => limits?.callsPerSecond) ??
        defaults.callsPerSecondMax,
    },
  };
}

/** `null` when nothing of it is given; an empty path stands for one that is missing. */
function resolveTls(choose: Choose<AccessSettings>): TlsConfig | null {
  const certFile = choose("tls.certFile", ({ tls }) => tls?.certFile);
  const keyFile = choose("tls.keyFile", ({ tls }) => tls?.keyFile);
  const clientCaFile = choose("tls.clientCaFile", ({ tls }) => tls?.clientCaFile) ?? null;
  const requireClientCertificate =
    choose("tls.requireClientCertificate", ({ tls }) => tls?.requireClientCertificate) ?? false;
  const identities = choose("tls.identities", ({ tls }) => tls?.identities) ?? [];
  const nothing =
    certFile === undefined &&
    keyFile === undefined &&
    clientCaFile === null &&
    !requireClientCertificate &&
    identities.length === 0;
  if (nothing) return null;
  return {
    certFile: certFile ?? "",
    keyFile: keyFile ?? "",
    clientCaFile,
    requireClientCertificate,
    identities,
  };
}
