// The settings that every server has, for the tables of flags and variables: who may call, and what is written down.

import type { MakeSetting, Setting } from "./settings-table.js";

/** `server`: what kind of server it is. */
export function accessSettings(setting: MakeSetting, server: string): readonly Setting[] {
  return [
    setting(
      "requireToken",
      "require-token",
      "true|false",
      "callers on this host need a token or a certificate too (default false)",
    ),
    setting(
      "tls.certFile",
      "tls-cert-file",
      "path",
      `the ${server}'s certificate, with its chain, in PEM`,
    ),
    setting("tls.keyFile", "tls-key-file", "path", "the key of the certificate, in PEM"),
    setting(
      "tls.clientCaFile",
      "tls-client-ca-file",
      "path",
      "ask callers for certificates, and believe those of these authorities",
    ),
    setting(
      "tls.requireClientCertificate",
      "tls-require-client-certificate",
      "true|false",
      "refuse connections without such a certificate (default false)",
    ),
  ];
}

export function logSettings(setting: MakeSetting): readonly Setting[] {
  return [
    setting("log.level", "log-level", "level", "error, warn, info or debug (default info)"),
    setting("log.format", "log-format", "format", "text or json (default text on a terminal)"),
    setting(
      "auditLog.file",
      "audit-log-file",
      "path",
      "where to write down what operators do, or none (default audit.log in the data directory)",
    ),
    setting(
      "tracing",
      "tracing",
      "exporter",
      "none, or otlp: send a span of each call to where OTEL_EXPORTER_OTLP_ENDPOINT says (default none)",
    ),
  ];
}
