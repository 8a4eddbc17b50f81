// How this process proves to a broker who it is, and makes sure who the broker is: token, certificates, and when neither may be used.

import { credentials as grpcCredentials, Metadata } from "@grpc/grpc-js";
import type { ChannelCredentials, ChannelOptions } from "@grpc/grpc-js";
import { hostOf, staysOnThisHost } from "./broker-address.js";
import { clientError, type PortleaseError } from "./errors.js";
import { tlsCredentials, type TlsOptions } from "./tls-credentials.js";
import { FileToken, tokenProblem } from "./token-file.js";

/** All are optional. What is not given is taken from the environment. */
export interface BrokerAccessOptions {
  /** A bearer token. Secret; `tokenFile` keeps it out of programs and follows its changes. */
  readonly token?: string;
  /** A file whose first line is the token; it is read again when it changes. Default: PORTLEASE_TOKEN_FILE. */
  readonly tokenFile?: string;
  /** Given, or any of PORTLEASE_CA_FILE, PORTLEASE_CERT_FILE and PORTLEASE_KEY_FILE set: TLS. Default: clear text. */
  readonly tls?: TlsOptions;
  /** In place of `tls`, for what that cannot say. */
  readonly credentials?: ChannelCredentials;
}

export interface BrokerAccess {
  readonly credentials: ChannelCredentials;
  readonly channelOptions: ChannelOptions;
  /** For one call: the token of now. */
  readonly metadata: () => Metadata;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws OPTION_INVALID: files that cannot be read, a token that is none, or one that would go to another host in clear text. */
export function brokerAccess(
  address: string,
  options: BrokerAccessOptions,
  environment: Environment = process.env,
): BrokerAccess {
  // Local sockets speak clear text; what the environment says is for brokers on the network.
  const tls = options.tls ?? (hostOf(address) === null ? null : tlsOfEnvironment(environment));
  const secured = tls === null ? null : tlsCredentials(address, tls);
  const credentials =
    options.credentials ?? secured?.credentials ?? grpcCredentials.createInsecure();
  const token = tokenOf(options, environment);
  if (token !== null && !credentials._isSecure() && !staysOnThisHost(address)) {
    throw clearText(address);
  }
  const metadata = (): Metadata => {
    const made = new Metadata();
    if (token !== null) made.set("authorization", `Bearer ${token()}`);
    return made;
  };
  return { credentials, channelOptions: secured?.channelOptions ?? {}, metadata };
}

/** Whether a TCP address would be spoken to over TLS. */
export function speaksTls(
  { tls, credentials }: BrokerAccessOptions,
  environment: Environment = process.env,
): boolean {
  return credentials?._isSecure() ?? (tls !== undefined || tlsOfEnvironment(environment) !== null);
}

function tokenOf(
  { token, tokenFile }: BrokerAccessOptions,
  environment: Environment,
): (() => string) | null {
  if (token !== undefined) {
    if (tokenFile !== undefined) throw invalid("token", 'is given beside "tokenFile"; give one');
    const problem = tokenProblem(token);
    if (problem !== null) throw invalid("token", problem);
    return () => token;
  }
  const file = tokenFile ?? (environment["PORTLEASE_TOKEN_FILE"] || undefined);
  if (file === undefined) return null;
  const source = new FileToken(file);
  return () => source.current();
}

function tlsOfEnvironment(environment: Environment): TlsOptions | null {
  const files = {
    ...named("caFile", environment["PORTLEASE_CA_FILE"]),
    ...named("certFile", environment["PORTLEASE_CERT_FILE"]),
    ...named("keyFile", environment["PORTLEASE_KEY_FILE"]),
  };
  return Object.keys(files).length === 0 ? null : files;
}

function named(name: keyof TlsOptions, value: string | undefined): TlsOptions {
  return value === undefined || value === "" ? {} : { [name]: value };
}

function invalid(option: string, what: string): PortleaseError {
  const message = `the option "${option}" ${what}.`;
  return clientError("INVALID_ARGUMENT", "OPTION_INVALID", message, { option });
}

function clearText(address: string): PortleaseError {
  return clientError(
    "INVALID_ARGUMENT",
    "OPTION_INVALID",
    `the token is not sent to ${address}: it is another host, and without TLS everybody on the way could read it. Give the ` +
      "broker's certificate authority (tls.caFile, --ca-file or PORTLEASE_CA_FILE), or leave the token out.",
    { address },
  );
}
