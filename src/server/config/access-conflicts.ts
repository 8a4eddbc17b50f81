// What does not fit together in the settings of who may call. The most important of it: whoever listens beyond this host speaks
// TLS and knows its callers.

import type { SettingSources } from "./choose.js";
import type { BrokerConfig, TlsConfig } from "./config.js";
import type { ConfigProblem } from "./config-error.js";
import { isLoopback, parseListenAddress } from "./listen-address.js";

type AccessConfig = Pick<BrokerConfig, "listen" | "http" | "tls" | "tokens">;

/** Before paths are made absolute: an empty one is a missing one. */
export function accessConflicts(
  config: AccessConfig,
  sources: SettingSources,
): readonly ConfigProblem[] {
  const at = (path: string, message: string): ConfigProblem => {
    const source = sources.get(path) ?? { kind: "default" };
    return { code: "VALUES_CONFLICT", source, path, message };
  };
  return [
    ...tlsProblems(config.tls).map(([path, message]) => at(path, message)),
    ...listenProblems("listen", config.listen, config).map((message) => at("listen", message)),
    ...httpProblems(config).map((message) => at("http.listen", message)),
    ...tokenTwins(config).map((message) => at("tokens", message)),
  ];
}

type PathAndMessage = readonly [path: string, message: string];

function tlsProblems(tls: TlsConfig | null): readonly PathAndMessage[] {
  if (tls === null) return [];
  const { certFile, keyFile, clientCaFile, requireClientCertificate, identities } = tls;
  const problems: PathAndMessage[] = [];
  if (certFile === "" || keyFile === "") {
    const given = certFile === "" ? (keyFile === "" ? null : "tls.keyFile") : "tls.certFile";
    problems.push([
      given ?? "tls.clientCaFile",
      "TLS needs both tls.certFile and tls.keyFile; give what is missing, or nothing of tls",
    ]);
  }
  if (clientCaFile !== null) return problems;
  const needs = "needs tls.clientCaFile, whose certificates are believed; give it too";
  if (requireClientCertificate) {
    problems.push([
      "tls.requireClientCertificate",
      `tls.requireClientCertificate is true: it ${needs}`,
    ]);
  }
  if (identities.length > 0) {
    problems.push([
      "tls.identities",
      `tls.identities has ${identities.length} entries: it ${needs}`,
    ]);
  }
  return problems;
}

function httpProblems(config: AccessConfig): readonly string[] {
  const { listen, http } = config;
  if (http.listen === "auto" || http.listen === "off") return [];
  if (http.listen === listen && parseListenAddress(listen).port !== 0) {
    return [
      `http.listen is ${listen}, and so is listen: HTTP and gRPC need a port each; choose another one`,
    ];
  }
  return listenProblems("http.listen", http.listen, config);
}

function listenProblems(
  setting: string,
  listen: string,
  { tls, tokens }: AccessConfig,
): readonly string[] {
  const { host, port } = parseListenAddress(listen);
  if (isLoopback(host)) return [];
  if (tls === null) {
    return [
      `${setting} is ${listen}: other hosts could reach it, and without TLS they would read and send everything in clear text; set ` +
        `tls.certFile and tls.keyFile, or use a loopback address, such as 127.0.0.1:${port}`,
    ];
  }
  if (tokens.length > 0 || tls.identities.length > 0) return [];
  return [
    `${setting} is ${listen}: other hosts can reach it, and none of their callers could be known; give tokens, or tls.clientCaFile and ` +
      `tls.identities, or use a loopback address, such as 127.0.0.1:${port}`,
  ];
}

function tokenTwins({ tokens }: AccessConfig): readonly string[] {
  const names = tokens.map(({ name }) => name);
  return names
    .filter((name, index) => names.indexOf(name) !== index)
    .map(
      (name) =>
        `two tokens are called "${name}": names must be unique; put both tokens into one file, one a line`,
    );
}
