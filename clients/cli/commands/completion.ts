// portlease completion: prints the script that completes command lines in a shell; and the hidden command that such scripts ask.

import { Argument, type Command } from "commander";
import { bashScript, fishScript, zshScript } from "../completion/posix-scripts.js";
import { powershellScript } from "../completion/powershell-script.js";
import { withHelp } from "../command-help.js";
import type { Output } from "../output.js";

const scripts = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
} as const;

export function addCompletion(program: Command, output: Output): void {
  const shells = Object.keys(scripts);
  const command = program
    .command("completion")
    .description("print the script that completes commands, options and names in a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(shells));
  withHelp(command, {
    role: null,
    examples: [
      ["completion bash > ~/.local/share/bash-completion/completions/portlease", "bash"],
      ["completion zsh > ~/.zsh/completions/_portlease", "zsh, in a folder of $fpath"],
      ["completion fish > ~/.config/fish/completions/portlease.fish", "fish"],
      ["completion powershell | Out-String | Invoke-Expression", "PowerShell, in $PROFILE"],
    ],
    more: "Names of pools, blocks, leases and services are asked of the broker, when one answers at once.",
  }).action((shell: keyof typeof scripts) => output.text(scripts[shell]));
  addComplete(program, output);
}

function addComplete(program: Command, output: Output): void {
  program
    .command("__complete", { hidden: true })
    // "=" stands before what is typed of the word, so that no shell drops it when it is empty.
    .argument("<current>")
    .argument("[words...]")
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (current: string, words: readonly string[]) => {
      // Loaded here: it is for scripts of shells alone.
      const { completionLines } = await import("../completion/answer.js");
      const lines = await completionLines(program, words, current.replace(/^=/, ""));
      for (const line of lines) output.line(line);
    });
}
