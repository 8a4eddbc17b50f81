// The lab's netsh.exe: the same commands and the same shape of table as on Windows, from the emulated pool, in several languages.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectories } from "../support/temporary-directory.js";
import { PortPool } from "./support/port-pool.js";
import { WineProcess } from "./support/wine-process.js";
import { describeInWine, windowsPath } from "./support/wine-lab.js";

const show = ["int", "ipv4", "show", "excludedportrange", "protocol=tcp"];

describeInWine("netsh of the Wine lab", () => {
  const makeDirectory = temporaryDirectories();
  let pool: PortPool;

  before(async () => {
    pool = await PortPool.open();
  });

  beforeEach(() => pool.reset());

  after(() => pool.close());

  /** Runs it by its place in Windows' folder, as a careful program does, and returns its output as it came. */
  async function netsh(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<{ exitCode: number; output: Buffer }> {
    const script = `
      const { spawnSync } = require("node:child_process");
      const { status, stdout } = spawnSync(process.env.SystemRoot + "\\\\System32\\\\netsh.exe", process.argv.slice(1));
      console.log(JSON.stringify({ exitCode: status, output: stdout.toString("hex") }));`;
    const { stdout, stderr } = await WineProcess.run({
      name: "netsh",
      args: ["-e", script, "--", ...args],
      environment: { ...pool.environment, ...environment },
    });
    assert.notEqual(stdout, "", stderr);
    const { exitCode, output } = JSON.parse(stdout) as { exitCode: number; output: string };
    return { exitCode, output: Buffer.from(output, "hex") };
  }

  const text = async (...args: Parameters<typeof netsh>): Promise<string> =>
    (await netsh(...args)).output.toString("latin1").replaceAll("\r\n", "\n");

  it("shows the table that Windows shows", async () => {
    await pool.exclude("tcp", 50_000, 60);
    await pool.reserve("tcp", 5_357, 1);
    await pool.exclude("udp", 9_000, 1);
    assert.equal(
      await text(show),
      [
        "",
        "Protocol tcp Port Exclusion Ranges",
        "",
        "Start Port    End Port      ",
        "----------    --------      ",
        "      5357        5357     ",
        "     50000       50059     *",
        "",
        "* - Administered port exclusions.",
        "",
        "",
      ].join("\n"),
    );
  });

  it("adds and deletes exclusions, by words or by their order, for both address families", async () => {
    const add = ["interface", "ipv6", "add", "excludedportrange"];
    const made = await netsh([...add, "protocol=udp", "startport=21000", "numberofports=10"]);
    assert.equal(made.exitCode, 0);
    assert.equal((await netsh([...add, "tcp", "22000", "5", "store=active"])).exitCode, 0);
    const ranges = (await pool.reservations("administered")).map(
      ({ protocol, firstPort, portCount }) => [protocol, firstPort, portCount],
    );
    assert.deepEqual(ranges, [
      ["udp", 21_000, 10],
      ["tcp", 22_000, 5],
    ]);
    const remove = ["int", "ipv4", "delete", "excludedportrange", "udp", "21000"];
    assert.equal((await netsh([...remove, "9"])).exitCode, 1);
    assert.equal((await netsh([...remove, "10"])).exitCode, 0);
    await pool.reboot();
    assert.deepEqual(await pool.reservations("administered"), []);
  });

  it("refuses to exclude what is reserved, and says what Windows says", async () => {
    await pool.reserve("tcp", 23_000, 1);
    const args = ["int", "ipv4", "add", "excludedportrange", "tcp", "23000", "1"];
    const { exitCode, output } = await netsh(args);
    assert.equal(exitCode, 1);
    assert.match(output.toString(), /being used by another process/);
  });

  it("changes nothing without elevation", async () => {
    const args = ["int", "ipv4", "add", "excludedportrange", "tcp", "23000", "1"];
    const { exitCode, output } = await netsh(args, { PORTPOOL_NOT_ELEVATED: "1" });
    assert.equal(exitCode, 1);
    assert.match(output.toString(), /requires elevation/);
    assert.deepEqual(await pool.reservations("administered"), []);
  });

  it("shows persistent reservations or not, which is a guess", async () => {
    await pool.reserve("tcp", 23_000, 1);
    for (const [value, shown] of [
      [0, /--\n\n\*/],
      [1, /23000       23000     \n/],
      [2, /23000       23000     \*\n/],
    ] as const) {
      await pool.guess("netsh-shows-persistent", value);
      assert.match((await text(show)).replaceAll(/- +\n/g, "-\n"), shown);
    }
  });

  it("shows the dynamic range", async () => {
    const output = await text(["int", "ipv4", "show", "dynamicport", "tcp"]);
    assert.match(output, /Start Port +: 49152\nNumber of Ports +: 16384\n/);
  });

  for (const [locale, encoding, title] of [
    ["de", "latin1", /^\nPortausschlussbereiche f\x81r das Protokoll "tcp"\n/],
    ["fr", "latin1", /^\nProtocole tcp Plages d'exclusion de ports\n\nPort de d\x82but/],
    ["es", "latin1", /^\nProtocolo tcp Intervalos de exclusi\xa2n de puertos\n/],
    ["ja", "shift_jis", /^\nプロトコル tcp ポート除外範囲\n/],
    ["ko", "euc-kr", /^\n프로토콜 tcp 포트 제외 범위\n/],
    ["zh", "gbk", /^\n协议 tcp 端口排除范围\n/],
  ] as const) {
    it(`speaks ${locale}, in the code page of such a Windows`, async () => {
      await pool.exclude("tcp", 50_000, 60);
      const { output } = await netsh(show, { FAKE_NETSH_LOCALE: locale });
      const decoded =
        encoding === "latin1"
          ? output.toString(encoding)
          : new TextDecoder(encoding).decode(output);
      assert.match(decoded.replaceAll("\r\n", "\n"), title);
      assert.match(decoded, /\r\n {5}50000 {7}50059 {5}\*\r\n/);
    });
  }

  it("prints a recorded output as it is", async () => {
    const recorded = join(makeDirectory(), "recorded.txt");
    writeFileSync(recorded, Buffer.from([0x20, 0x81, 0x0d, 0x0a, 0x31]));
    const environment = { FAKE_NETSH_OUTPUT: windowsPath(recorded) };
    const { exitCode, output } = await netsh(show, environment);
    assert.deepEqual([exitCode, output.toString("hex")], [0, "20810d0a31"]);
  });

  it("fails as told", async () => {
    await pool.fail({ api: "netsh", error: 5, times: 1 });
    assert.equal((await netsh(show)).exitCode, 1);
    assert.equal((await netsh(show)).exitCode, 0);
  });

  it("refuses what it does not know", async () => {
    assert.equal((await netsh(["wlan", "show", "drivers", "x"])).exitCode, 1);
    assert.equal((await netsh([...show.slice(0, 4), "protocol=sctp"])).exitCode, 1);
  });
});
