// The exit codes of the CLI. Scripts build on them: they never change once released. --help prints this table.

export const exitCodes = {
  ok: 0,
  /** Anything that has no code of its own here. `doctor`: something that the kind needs does not hold, or something was left. */
  failure: 1,
  /** The command line or the configuration is wrong; nothing was tried. */
  usage: 2,
  /** No broker or fleet server answers at the address, it took too long, or it cannot serve now. */
  unreachable: 3,
  /** The lease, pool, block, store, host or service does not exist (any more). */
  notFound: 4,
  /** Understood and refused: the pool is full, the port is taken, the request id was used, the store is in use. */
  refused: 5,
  /** The holder key does not fit, or the caller may not do this. */
  denied: 6,
  /** `store check` or `store repair` found damage, or an export is damaged. */
  damaged: 7,
  /** `audit` found ports where leases and sockets do not agree. */
  findings: 8,
  /** `run` itself failed; everything else it exits with comes from the command, as with env(1) and timeout(1). */
  runFailed: 125,
  /** `run`: the command was found but cannot be executed. */
  runNotExecutable: 126,
  /** `run`: there is no such command. */
  runNotFound: 127,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A process that ended by a signal exits with this plus the signal's number, as shells do. */
export const exitCodeSignalBase = 128;

/** What a code means, for --help. Those of `run` stand in its own help. */
export const exitCodeMeanings: Readonly<Record<number, string>> = {
  [exitCodes.ok]: "success",
  [exitCodes.failure]: "failure that has no code of its own",
  [exitCodes.usage]: "the command line or the configuration is wrong",
  [exitCodes.unreachable]:
    "no broker or fleet server answers at the address, or it cannot serve now",
  [exitCodes.notFound]: "there is no such lease, pool, block, store, host or service (any more)",
  [exitCodes.refused]:
    "refused: pool full, port taken, request id used, block or store in use, or not confirmed",
  [exitCodes.denied]: "denied: wrong holder key, or not allowed",
  [exitCodes.damaged]: '"store check" or "store repair" found damage, or an export is damaged',
  [exitCodes.findings]: '"audit" found ports where leases and sockets do not agree',
};

const lines = Object.entries(exitCodeMeanings).map(
  ([code, meaning]) => `  ${code.padEnd(4)} ${meaning}`,
);

export const exitCodesHelp = `
Exit codes:
${lines.join("\n")}
  "doctor" exits with 1 when the reservation kind does not work here
  "run" exits with the command's code, or 128 + n when signal n ended it;
  125 when portlease itself failed, 126 not executable, 127 not found
`;
