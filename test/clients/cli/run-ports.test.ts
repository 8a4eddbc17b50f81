// `portlease run` for programs of several ports: as leases of their own with names, of both protocols, told by templates.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { outputMatching } from "../../support/cli.js";
import { node, RunLab } from "./support/run-lab.js";

/** Serves on every descriptor that it got, TCP or UDP, with the descriptor's name; tells its environment. */
const server = `
const { env } = process;
const names = env.LISTEN_FDNAMES.split(":");
const kinds = env.KINDS.split(",");
let left = names.length;
const ready = () => { if (--left === 0) console.log(JSON.stringify({ args: process.argv.slice(1), env })); };
names.forEach((name, index) => {
  const fd = 3 + index;
  if (kinds[index] === "tcp") require("net").createServer((socket) => socket.end(name)).listen({ fd }, ready);
  else {
    const socket = require("dgram").createSocket("udp6");
    socket.on("message", (_, { address, port }) => socket.send(name + " by UDP", port, address));
    socket.bind({ fd }, ready);
  }
});
`;

interface Told {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

async function answerByUdp(port: number): Promise<string> {
  const socket = createSocket("udp4");
  try {
    socket.connect(port, "127.0.0.1");
    await once(socket, "connect");
    socket.send("who?");
    const [message] = (await once(socket, "message")) as [Buffer];
    return message.toString();
  } finally {
    socket.close();
  }
}

const answer = (port: number): Promise<string> => text(connect(port, "127.0.0.1"));

describe("portlease run with several ports", function () {
  this.timeout(120_000);
  let lab: RunLab;

  before(function () {
    // The program's side is POSIX.
    if (process.platform !== "linux") this.skip();
  });
  afterEach(() => lab.close());

  async function serve(options: readonly string[], kinds: string, ...args: readonly string[]) {
    const asked = [...options, "--env", `KINDS=${kinds}`];
    const child = lab.start(...asked, ...node(server), "--", ...args);
    const line = await outputMatching(child.stdout, /\n/);
    return { child, told: JSON.parse(line) as Told };
  }

  it("leases each --lease by itself, and tells names, numbers and sockets in the same order", async () => {
    lab = await RunLab.open();
    const leases = ["--service", "orders", "--lease", "http", "--lease", "admin-api"];
    const asked = ["--env", "ADMIN_URL=http://[::1]:{port:admin-api}/", "--env", "SECOND={port2}"];
    const words = ["--http={port:http}", "{ports}", "{{port}}"];
    const { child, told } = await serve([...leases, ...asked], "tcp,tcp", ...words);
    const { args, env } = told;
    const [http = 0, admin = 0] = (env["PORTLEASE_PORTS"] ?? "").split(",").map(Number);
    assert.deepEqual(args, [`--http=${http}`, `${http},${admin}`, "{port}"]);
    assert.equal(env["LISTEN_FDNAMES"], "http:admin-api");
    assert.deepEqual(
      [env["PORT"], env["PORT_HTTP"], env["PORT_ADMIN_API"], env["SECOND"], env["ADMIN_URL"]],
      [`${http}`, `${http}`, `${admin}`, `${admin}`, `http://[::1]:${admin}/`],
    );
    assert.deepEqual([await answer(http), await answer(admin)], ["http", "admin-api"]);
    const shown = (await lab.leases()).map(({ port, holder, leaseId }) => ({
      port,
      ...holder,
      leaseId,
    }));
    const byPort = (wanted: number) => shown.find(({ port }) => port === wanted);
    assert.deepEqual([byPort(http)?.instance, byPort(admin)?.instance], ["http", "admin-api"]);
    assert.equal(byPort(admin)?.leaseId, env["PORTLEASE_LEASE_ID_ADMIN_API"]);
    child.kill("SIGTERM");
    await once(child, "close");
    assert.deepEqual(await lab.leases(), []);
  });

  it("passes a bound UDP socket", async () => {
    lab = await RunLab.open({ protocol: "udp" });
    const { told } = await serve(["--protocol", "udp"], "udp");
    assert.equal(await answerByUdp(Number(told.env["PORT"])), "portlease by UDP");
  });

  it("passes two sockets for one number of both protocols, TCP first", async () => {
    lab = await RunLab.open({ protocol: "tcp-and-udp" });
    const asked = ["--protocol", "tcp-and-udp", "--lease", "dns"];
    const { told } = await serve(asked, "tcp,udp");
    assert.deepEqual([told.env["LISTEN_FDS"], told.env["LISTEN_FDNAMES"]], ["2", "dns:dns"]);
    const port = Number(told.env["PORT"]);
    assert.deepEqual([await answer(port), await answerByUdp(port)], ["dns", "dns by UDP"]);
  });

  it("keeps nothing of several leases when one cannot be had, and starts nothing", async () => {
    lab = await RunLab.open();
    const wishes = ["--lease", "http", "--lease", "dns=pool:nowhere"];
    const { exitCode, stdout, stderr } = await lab.run(...wishes, ...node("console.log(1)"));
    assert.equal(exitCode, 125);
    assert.match(stderr, /\[POOL_NOT_FOUND\]/);
    assert.equal(stdout, "");
    assert.deepEqual(await lab.leases(), []);
  });

  it("refuses a template for a port that the program does not get, before it leases", async () => {
    lab = await RunLab.open();
    const history = lab.broker.logged();
    const { exitCode, stderr } = await lab.run("--lease", "http", "--", "echo", "{port:htpp}");
    assert.equal(exitCode, 125);
    assert.match(stderr, /\{port:htpp\} means no port of the program: it gets 1, called http/);
    assert.equal(lab.broker.logged(), history);
  });
});
