// What runs where, and until when its certificate is good: of a broker or fleet server.

import { X509Certificate } from "node:crypto";
import type { TlsIdentity } from "../access/tls-material.js";
import type { MetricRegistry } from "./metric-registry.js";

export interface ProgramSource {
  /** What never changes while the program runs. */
  readonly facts: {
    readonly version: string;
    readonly host: string;
    readonly platform: string;
    readonly startedWallMs: number;
  };
  /** The certificate in use; `null`: no TLS. */
  readonly tls: () => Pick<TlsIdentity, "cert"> | null;
}

export function addProgramMetrics(registry: MetricRegistry, { facts, tls }: ProgramSource): void {
  registry.gauge(
    "portlease_build_info",
    "Always 1; its labels say what runs where.",
    ["version", "host", "platform", "node_version"],
    () => {
      const { version, host, platform } = facts;
      return [{ labels: { version, host, platform, node_version: process.version }, value: 1 }];
    },
  );
  registry.level(
    "portlease_certificate_expiry_timestamp_seconds",
    "When the certificate that new connections get ends, in seconds since 1970. Not there without TLS.",
    () => {
      const identity = tls();
      if (identity === null) return null;
      return Date.parse(new X509Certificate(identity.cert).validTo) / 1_000;
    },
  );
}
