// winerun.exe, through which every program of the lab is started: bytes, exit codes and ends arrive as on one machine.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { WineProcess } from "./support/wine-process.js";
import { describeInWine, windowsPath, wineEnvironment, wineLab } from "./support/wine-lab.js";

const run = (script: string, input = ""): ReturnType<typeof WineProcess.run> =>
  WineProcess.run({ name: "relay", args: ["-e", script], input });

describeInWine("the stdio relay of the Wine lab", () => {
  it("carries stdin, stdout, stderr and the exit code", async () => {
    const script = `
      process.stdin.on("data", (data) => process.stdout.write("read " + data));
      process.stdin.on("end", () => { console.error("the end"); process.exitCode = 7; });`;
    const { exitCode, stdout, stderr } = await run(script, "something");
    assert.deepEqual([exitCode, stdout, stderr], [7, "read something", "the end\n"]);
  });

  it("carries many bytes in order", async () => {
    const script = `process.stdin.pipe(process.stdout)`;
    const input = Array.from({ length: 200_000 }, (_, index) => `line ${index}\n`).join("");
    const { stdout } = await run(script, input);
    assert.equal(stdout.length, input.length);
    assert.ok(stdout === input);
  });

  it("passes arguments with blanks, quotes and backslashes as they are", async () => {
    const words = ["two words", 'a "quote"', "C:\\folder\\", "", "%PATH%"];
    const script = `console.log(JSON.stringify(process.argv.slice(1)))`;
    const { stdout } = await WineProcess.run({
      name: "relay",
      args: ["-e", script, "--", ...words],
    });
    assert.deepEqual(JSON.parse(stdout), words);
  });

  it("lets the program see the end of its input while it works on", async () => {
    const program = new WineProcess({
      name: "relay",
      args: [
        "-e",
        `process.stdin.resume().on("end", () => setImmediate(() => { console.log("stopped"); process.exit(0); }));
         setInterval(() => {}, 1000); console.log("ready");`,
      ],
    });
    assert.equal(await program.nextLine(), "ready");
    const { exitCode, stdout } = await program.stop();
    assert.deepEqual([exitCode, stdout], [0, "ready\nstopped\n"]);
  });

  it("does not hold up a program whose reader went away", async () => {
    const lab = wineLab();
    const script = `
      const line = "x".repeat(999) + "\\n";
      for (let count = 0; count < 5000; count += 1) require("fs").writeSync(1, line);
      process.exit(3);`;
    const node = windowsPath(lab.nodes[20] ?? "");
    const child = spawn("wine", [lab.winerun, node, "-e", script], {
      env: wineEnvironment(),
      stdio: ["ignore", "pipe", "ignore"],
    });
    child.stdout.once("data", () => child.stdout.destroy());
    const [exitCode] = (await once(child, "exit")) as [number];
    assert.equal(exitCode, 3);
  });

  it("takes the program and all that it started along when it is killed", async () => {
    const listen = `require("net").createServer().listen(0, "127.0.0.1", function () { console.log(this.address().port) })`;
    const program = new WineProcess({
      name: "relay",
      args: [
        "-e",
        `const child = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(listen)}], { stdio: ["ignore", "inherit", "ignore"] });
         ${listen}`,
      ],
    });
    const ports = [Number(await program.nextLine()), Number(await program.nextLine())];
    assert.deepEqual(await Promise.all(ports.map(accepts)), [true, true]);
    await program.kill();
    assert.deepEqual(await Promise.all(ports.map(accepts)), [false, false]);
  });

  it("says so when the program cannot be started", async () => {
    const { winerun } = wineLab();
    const child = spawn("wine", [winerun, "Z:\\nowhere.exe"], {
      env: wineEnvironment(),
      stdio: "pipe",
    });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const [exitCode] = (await once(child, "close")) as [number];
    assert.equal(exitCode, 127);
    assert.match(stderr, /winerun: the program cannot be started \(error 2\)/);
  });
});

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
