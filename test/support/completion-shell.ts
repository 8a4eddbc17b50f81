// The program "portlease" for shells of tests, in a folder that goes first in PATH, and its completion scripts.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cliPath, runCli } from "./cli.js";

export interface CompletionShell {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** The path of the script for this shell. */
  script(shell: string): Promise<string>;
  dispose(): void;
}

export function openCompletionShell(brokerAddress: string): CompletionShell {
  const folder = mkdtempSync(join(tmpdir(), "portlease-completion-"));
  const program = join(folder, "portlease");
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${cliPath}' "$@"\n`);
  chmodSync(program, 0o755);
  return {
    folder,
    environment: {
      PATH: `${folder}:${process.env["PATH"]}`,
      HOME: folder,
      TERM: "xterm-256color",
      LC_ALL: "C.UTF-8",
      PORTLEASE_ADDRESS: brokerAddress,
    },
    script: async (shell) => {
      const { stdout, exitCode } = await runCli(["completion", shell]);
      if (exitCode !== 0) throw new Error(`no script for ${shell}`);
      const path = join(folder, `completion.${shell}`);
      writeFileSync(path, stdout);
      return path;
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}
