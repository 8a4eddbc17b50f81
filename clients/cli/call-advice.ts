// What people are told besides the broker's own words when a call fails: where the command looked for the broker, whether somebody
// else listens there, and which token it sent. Decides on codes and reasons; the token itself is in no text.

import { existsSync } from "node:fs";
import { connect } from "node:net";
import type { BrokerLocation } from "@portlease/client";
import { adminTokenFile, sentToken } from "./access-options.js";
import { type ConnectionOptions, serverOf } from "./broker-options.js";
import { CliFailure, toFailure, withoutWord } from "./cli-failure.js";
import { exitCodes } from "./exit-codes.js";
import { fleetOrigins } from "./fleet-location.js";

/** The call that failed. */
export interface FailedCall {
  readonly options: ConnectionOptions;
  readonly location: BrokerLocation;
  /** The method, as on the wire. */
  readonly path: string;
}

/** Of a local connection; one that takes longer is not told apart from none. */
const probeMs = 500;

const aboutTokens: ReadonlySet<string> = new Set([
  "TOKEN_MISSING",
  "TOKEN_INVALID",
  "ROLE_MISSING",
]);

/** The same failure, with further lines where there is more to say. Never throws. */
export async function advisedFailure(error: Error, call: FailedCall): Promise<Error> {
  const failure = toFailure(error);
  const { code, reason } = failure;
  if (reason === "BROKER_UNREACHABLE") return withLines(failure, await unreachableLines(call));
  if (aboutTokens.has(reason)) return withLines(failure, tokenLines(call));
  if (code === "UNIMPLEMENTED" && reason === "") return unknownMethod(failure, call);
  return error;
}

function withLines(failure: CliFailure, lines: readonly string[]): CliFailure {
  const { exitCode, code, reason, message } = failure;
  const text = [message, ...lines.map((line) => `  ${line}`)].join("\n");
  return new CliFailure(exitCode, code, reason, text, failure);
}

async function unreachableLines({ options, location }: FailedCall): Promise<string[]> {
  const { address, source } = location;
  const server = serverOf(options);
  const origins = server === "broker" ? brokerOrigins(location) : fleetOrigins;
  const port = /:(\d+)$/.exec(address)?.[1];
  const listens = await somebodyListens(address);
  const explain =
    port === undefined ? "" : `; "portlease explain ${port}" says which process it is`;
  return [
    origins[source],
    ...(listens
      ? [`something listens there, but does not answer this command as a ${server} does${explain}`]
      : []),
    ...(server === "broker"
      ? [
          `to start one: "portlease serve", in a checkout "npm start"; to see why a service of it is down: ${serviceStatus()}`,
        ]
      : [
          'to start one: "portlease fleet --etcd etcd://HOST:2379", or "portlease fleet --broker HOST:7600" for a few brokers',
        ]),
  ];
}

function brokerOrigins({
  file,
  leftAside,
}: BrokerLocation): Readonly<Record<BrokerLocation["source"], string>> {
  return {
    option: "the address is that of --address",
    environment: "the address is that of PORTLEASE_ADDRESS",
    "discovery-file": `the address is what ${file ?? "a discovery file"} says`,
    default:
      leftAside.length > 0
        ? "the address is the default, since the discovery file does not count"
        : "the address is the default: no option, no PORTLEASE_ADDRESS and no discovery file names another",
  };
}

function serviceStatus(): string {
  return process.platform === "win32" ? '"sc.exe query portlease"' : '"systemctl status portlease"';
}

function somebodyListens(address: string): Promise<boolean> {
  const local = /^unix:(.+)$/.exec(address)?.[1];
  const [, host = "", port = ""] = /^\[?([^[\]]*)\]?:(\d+)$/.exec(address) ?? [];
  if (local === undefined && port === "") return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket =
      local === undefined ? connect({ host, port: Number(port) }) : connect({ path: local });
    const answer = (listens: boolean): void => {
      socket.destroy();
      resolve(listens);
    };
    socket.setTimeout(probeMs, () => answer(false));
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
  });
}

const saysWhere = {
  broker: '; "portlease status" says where that is',
  "fleet server": ", which its log names when it starts",
} as const;

function tokenLines({ options, location, path }: FailedCall): string[] {
  const { address } = location;
  const sent = sentToken(options, path, address);
  const server = serverOf(options);
  const ofThisHost = adminTokenFile(path);
  return [
    sent === null ? "no token was sent" : `the token that was sent is that of ${sent}`,
    existsSync(ofThisHost)
      ? `the admin token of this host's ${server} is in ${ofThisHost}: its owner can read it; say --token-file ${ofThisHost}`
      : `the admin token is the file admin.token in the ${server}'s data directory${saysWhere[server]}`,
  ];
}

/** The two are easily taken for each other. */
const asksOthers = {
  broker: "; a fleet server is asked by the commands of portlease fleet",
  "fleet server": "; a broker is asked by portlease status and the like",
} as const;

function unknownMethod(
  { message }: CliFailure,
  { options, location, path }: FailedCall,
): CliFailure {
  const server = serverOf(options);
  const text =
    `${location.address} knows no ${path.slice(1)} (${withoutWord(message)}): the ${server} there is older than this command, ` +
    `or it is no ${server} of portlease${asksOthers[server]}`;
  return new CliFailure(exitCodes.failure, "UNIMPLEMENTED", "", text);
}
