// Changes the emulated machine on which this process runs in the Wine lab, by the lab's control program.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Words of portpoolctl, such as ["reboot"] or ["fault", "bind=10055*1"]. */
export async function controlPool(...words: readonly string[]): Promise<string> {
  const program = process.env["PORTPOOLCTL"];
  if (program === undefined) {
    throw new Error("this process does not run in the Wine lab; use npm run test:wine");
  }
  return (await run(program, [...words])).stdout;
}
