// docs/run.md against `portlease run`: its options, what the program is told, and its samples, which run as they stand there.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { childEnvironment } from "#cli/run/child-environment.js";
import { BrokerLab } from "../support/broker-lab.js";
import { cliPath, finished, runCli } from "../support/cli.js";
import { repositoryRoot } from "../support/repository.js";
import { recordOutput } from "../support/test-output.js";

const page = readFileSync(join(repositoryRoot, "docs", "run.md"), "utf8");

/** The rows of the section with this heading, each as its cells. */
function rowsOf(heading: string): readonly (readonly string[])[] {
  const [, section = ""] = page.split(new RegExp(`^#+ ${heading}$`, "m"));
  const table = /(^\|.*\n)+/m.exec(section)?.[0] ?? "";
  return table
    .trimEnd()
    .split("\n")
    .slice(2)
    .map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** Says what it was started with. */
const standIn = `
[ "$LISTEN_PID" = $$ ] && own="$LISTEN_FDS ($LISTEN_FDNAMES)"
echo "port $PORT, HTTP_PORT $HTTP_PORT, sockets $own, user $(id -u), words $*"`;
const nodeStandIn = `
const { PORT, LISTEN_FDS, LISTEN_PID } = process.env;
if (LISTEN_PID === String(process.pid)) console.log("node has port " + PORT + ", sockets " + LISTEN_FDS);
`;

/** What each sample prints, with these stand-ins for the programs. */
const prints: Readonly<Record<string, RegExp>> = {
  "portlease run --service orders -- node server.js": /^node has port \d+, sockets 1$/m,
  "portlease run --env HTTP_PORT -- ./server --listen 0.0.0.0:{port}":
    /^port (\d+), HTTP_PORT \1, sockets 1 \(portlease\), .*, words --listen 0\.0\.0\.0:\1$/m,
  "portlease run --lease http --lease metrics=port:9100 --restart on-failure -- ./server":
    /^port \d+, .*, sockets 2 \(http:metrics\), /m,
  "portlease run --protocol udp --handover port -- ./resolver --port {port}":
    /^port (\d+), .*, sockets , .*, words --port \1$/m,
  "portlease run -- setpriv --reuid=1000 --regid=1000 --clear-groups ./server":
    /sockets 1 \(portlease\), user 1000, /,
  "portlease run -- unshare --net ./server": /sockets 1 \(portlease\), /,
  "portlease run --lease http=port:8080,must --lease metrics=pool:ops -- ./server --metrics-port {port:metrics}":
    /^port \d+, .*, sockets 2 \(http:metrics\), .*, words --metrics-port \d+$/m,
};

const samples = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, text = ""]) =>
  text.trimEnd().split("\n"),
);

describe("docs/run.md", function () {
  this.timeout(120_000);

  it("has the options that there are", async () => {
    const { stdout } = await runCli(["run", "--help"]);
    const [, listed = ""] = /^Options:\n([\s\S]*?)\n\n/m.exec(stdout) ?? [];
    const there = [...listed.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option]) => option);
    const written = rowsOf("Options").map(([option = ""]) => /--[a-z-]+/.exec(option)?.[0]);
    assert.ok(there.length > 10, stdout);
    assert.deepEqual(new Set(written), new Set(there));
  });

  it("has the variables that the program gets", () => {
    const environment = childEnvironment(
      {},
      {
        leases: [{ name: "http", leaseId: "l", generation: 1n }],
        leasedPorts: [{ port: 1 }],
        programPorts: [{ name: "http", port: 1 }],
        brokerAddress: "b",
        asked: [],
        added: {},
      },
    );
    const written = rowsOf("What the program is told").flatMap(([names = "", when = ""]) =>
      when === "always" || when === "`--lease`"
        ? [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name.replace("<NAME>", "HTTP"))
        : [],
    );
    assert.deepEqual(new Set(written), new Set(Object.keys(environment)));
  });

  describe("samples", () => {
    let lab: BrokerLab;
    let folder = "";
    let firstPort = 0;

    before(async function () {
      // Descriptors, and programs of Linux.
      if (process.platform !== "linux") this.skip();
      lab = await BrokerLab.open();
      folder = lab.newDirectory();
      firstPort = await lab.takePorts(4);
      program("portlease", `exec '${process.execPath}' '${cliPath}' "$@"`);
      program("server", standIn);
      program("resolver", standIn);
      writeFileSync(join(folder, "server.js"), nodeStandIn);
    });
    after(() => lab?.close());

    function program(name: string, script: string): void {
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, name), 0o755);
    }

    for (const [sample, expected] of Object.entries(prints)) {
      it(`work: ${sample}`, async function () {
        if (!canRun(sample)) this.skip();
        const pool = { start: firstPort, size: 2 };
        const pools = sample.includes("--protocol udp")
          ? [{ ...pool, name: "default", protocol: "udp", bind: "plain" }]
          : [
              { ...pool, name: "default" },
              { ...pool, name: "ops", start: firstPort + 2 },
            ];
        const broker = await lab.start({ poolSize: 0, config: JSON.stringify({ pools }) });
        // The port that the sample insists on may be somebody's where tests run.
        const command = sample.replace("port:8080,must", `port:${firstPort},must`);
        const child = spawn("sh", ["-c", command], {
          cwd: folder,
          env: { PATH: `${folder}:${process.env["PATH"]}`, PORTLEASE_ADDRESS: broker.address },
          stdio: ["ignore", "pipe", "pipe"],
        });
        recordOutput(child, "run-sample");
        const { exitCode, stdout, stderr } = await finished(child);
        await broker.kill("SIGKILL");
        assert.equal(exitCode, 0, stderr);
        assert.match(stdout, expected);
      });
    }

    it("are all of them here", () => assert.deepEqual(samples, Object.keys(prints)));
  });
});

/** Becoming another user, and another network, is root's; some containers have no networks of their own even so. */
function canRun(sample: string): boolean {
  const isRoot = process.getuid?.() === 0;
  if (sample.includes("setpriv")) return isRoot;
  return !sample.includes("unshare") || spawnSync("unshare", ["--net", "true"]).status === 0;
}
