// What the CLI does when nobody reads any more what it writes.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

const output = import.meta.resolve("#cli/output.js");

describe("the outputs of the CLI", () => {
  // EIO: what a write to a terminal says that hung up, as when a connection by ssh breaks.
  for (const code of ["EPIPE", "EIO"]) {
    for (const leave of [false, true]) {
      it(`${leave ? "end it" : "do not end serve and run"} when their reader has gone (${code})`, () => {
        const program = `
          const { endureBrokenPipes } = await import(${JSON.stringify(output)});
          endureBrokenPipes(${leave});
          process.stderr.emit("error", Object.assign(new Error("gone"), { code: "${code}" }));
          console.log("goes on");`;
        const words = ["--input-type=module", "-e", program];
        const { status, stdout } = spawnSync(process.execPath, words, { encoding: "utf8" });
        assert.deepEqual([status, stdout], [0, leave ? "" : "goes on\n"]);
      });
    }
  }
});
