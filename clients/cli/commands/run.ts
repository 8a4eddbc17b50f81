// portlease run: the command line of it. What it does is run-leased.ts.

import { Option, type Command } from "commander";
import { addConnectionOptions } from "../broker-options.js";
import type { Output } from "../output.js";
import { addProxyOptions } from "../run/proxy/proxy-options.js";
import { posixLauncher } from "../run/posix-launcher.js";
import { leaseProtocols, namedWish } from "../run/named-wish.js";
import type { RunOptions } from "../run/run-options.js";
import { duration, portNumber, positiveDuration, variable, wholeNumber } from "../value-parsers.js";
import { windowsLauncher } from "../run/windows-launcher.js";
import type { SetExitCode } from "./serve.js";

export function addRun(program: Command, output: Output, setExitCode: SetExitCode): void {
  const command = program
    .command("run")
    .description("lease ports for a program and pass it the listening sockets")
    .argument("<command>", "the program to start")
    .argument("[args...]", "its arguments")
    .passThroughOptions()
    .option("--service <name>", "which service it is (default: the program's name)")
    .option("--instance <name>", "which instance of the service")
    .option("--pool <name>", "the pool (default: default)")
    .addOption(
      new Option("--protocol <name>", "tcp, udp, or one number of both (default: tcp)").choices(
        leaseProtocols,
      ),
    )
    .option("--count <n>", "how many consecutive ports", wholeNumber(1, 65_535), 1)
    .option("--port <n>", "the first port wanted", portNumber)
    .option("--must", "fail when --port cannot be had, instead of leasing another")
    .option(
      "--lease <name[=wish,...]>",
      "a port under a name, as a lease of its own; may be repeated; " +
        "wishes: port:<n>, must, pool:<name>, protocol:<name>",
      namedWish,
    )
    .option("--ttl <time>", "time to live, such as 30s (default: the pool's)", positiveDuration)
    .option(
      "--bind-within <time>",
      "take it back when nobody binds it in this time",
      positiveDuration,
    )
    .option("--max-wait <time>", "wait in line this long while the pool is full", duration)
    .option("--bind <ip>", "the address to listen on (default: all)")
    .addOption(
      new Option(
        "--handover <way>",
        "how the program gets its ports: it takes sockets, or binds by number",
      )
        .choices(["auto", "sockets", "port"])
        .default("auto"),
    )
    .option(
      "--env <name[=template]>",
      "one more variable, for the first port or as the template says; may be repeated",
      variable,
    )
    .addOption(
      new Option("--restart <policy>", "start the program again when it has ended")
        .choices(["no", "on-failure", "always"])
        .default("no"),
    )
    .addOption(
      new Option(
        "--on-lost <action>",
        "when a lease is lost: end the program, start it anew with new leases, or only say so",
      )
        .choices(["exit", "restart", "ignore"])
        .default("ignore"),
    )
    .addOption(
      new Option("--wait-broker <time>", "wait this long for a broker that is not up yet")
        .argParser(duration)
        .default(60_000, "60s"),
    );
  addConnectionOptions(addProxyOptions(command))
    .addHelpText("after", runHelp)
    .action(async (name: string, args: readonly string[], options: RunOptions) => {
      // Loaded here: the other commands do without the client.
      const { runLeased } = await import("../run/run-leased.js");
      const launcher = process.platform === "win32" ? windowsLauncher : posixLauncher;
      setExitCode(await runLeased({ name, args }, options, launcher, output));
    });
}

const runHelp = `
On Linux the program takes its sockets from descriptor 3 on, one per port, listening already, as under systemd (LISTEN_FDS,
LISTEN_PID, LISTEN_FDNAMES). On Windows it asks for them by the listenfd protocol (SYSTEMFD_SOCKET_SERVER,
SYSTEMFD_SOCKET_SECRET); where any program may bind the ports by their number (pools of kind administered) it does so
itself. Programs of Windows are .exe and .com files.

It also gets PORT, PORTLEASE_PORT, PORTLEASE_PORTS, PORTLEASE_LEASE_ID, PORTLEASE_GENERATION and PORTLEASE_ADDRESS, with
--lease PORT_<NAME> too, but not the holder key. {port}, {ports}, {port2} and {port:name} in its arguments and in --env are
replaced; {{port}} stands for {port} itself.

With --proxy this process listens on the port and forwards each connection to the program, which then needs to know nothing
of sockets: PORT and {port} are its private port (or PORT, PORTLEASE_SOCKET and {socket} a path, with --proxy-to {socket}),
and PORTLEASE_PORT the leased one. At SIGTERM the port takes no more connections, and the program gets the signal when
those that are open have ended, or after --proxy-drain.

Signals are passed on to it. After SIGINT, SIGTERM or SIGQUIT it is not started again. Between two starts its sockets stay
open, so that no connection is refused; the wait grows from 100 ms to 10 s.

A lease is lost when the broker cannot be reached in time or an operator takes it back. By default that is only said:
a port that somebody is bound to is never leased again. With "--on-lost exit" or "restart" the program gets SIGTERM, and
SIGKILL 10 s later; on Windows it is ended at once.

Needs the role holder; where no role is asked for, see docs/security.md.

Examples:
  portlease run --service orders -- node server.js              the port is in PORT, and handed over where it can be
  portlease run --env HTTP_PORT -- ./server --port {port}       to a program that knows nothing of it
  portlease run --proxy -- ./old-server                         forwarded to a program that binds a private port

Exits with the program's exit code, or 128 + n when signal n ended it; 127 when there is no such command, 126 when it
cannot be executed, 125 when portlease itself fails or "--on-lost exit" ended the program.`;
