// Every piece of PowerShell that is delivered can be parsed: the scripts of the service, the completion, the commands of the Dockerfile
// and the steps of the workflows. That they do what they should is shown nowhere here: there is no PowerShell.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { powershellScript } from "#cli/completion/powershell-script.js";
import { repositoryRoot } from "../support/repository.js";
import { describeWithTools, runTool } from "./support/delivery-tools.js";

const parser = join(repositoryRoot, "test", "delivery", "support", "powershell-errors.py");

function read(...path: readonly string[]): string {
  return readFileSync(join(repositoryRoot, ...path), "utf8");
}

/** What is no PowerShell in it; "" when all of it is. */
function errors(script: string): string {
  return runTool("python", [parser], { input: script }).output.trim();
}

const services = readdirSync(join(repositoryRoot, "deploy", "windows-service"))
  .filter((name) => name.endsWith(".ps1"))
  .map((name) => ({ name, script: read("deploy", "windows-service", name) }));

/** The commands of the stage "build"; the backtick at the end of a line is Docker's. */
const dockerfile = [...read("Dockerfile.windows").matchAll(/^RUN ((?:.*`\n)*.*)$/gm)].map(
  ([, command = ""], index) => ({
    name: `RUN ${index + 1} of Dockerfile.windows`,
    script: command.replaceAll("`\n", "\n"),
  }),
);

interface Step {
  readonly name?: string;
  readonly run?: string;
}

const workflow = parse(read(".github", "workflows", "windows.yml")) as {
  jobs: Record<string, { steps: readonly Step[] }>;
};
const steps = Object.values(workflow.jobs)
  .flatMap((job) => job.steps)
  .flatMap(({ name, run }) =>
    run === undefined
      ? []
      : // What GitHub puts in is text by then.
        [{ name: `step "${name ?? run}"`, script: run.replaceAll(/\$\{\{.*?\}\}/g, "x") }],
  );

const completion = { name: "portlease completion powershell", script: powershellScript };

describeWithTools("PowerShell", ["python"], () => {
  for (const { name, script } of [...services, completion, ...dockerfile, ...steps]) {
    it(`parses: ${name}`, () => assert.equal(errors(script), ""));
  }

  it("would not parse with a bracket, a quote or a brace less", () => {
    const install = services.find(({ name }) => name === "install-service.ps1");
    const text = install?.script ?? "";
    for (const [place, fault] of [
      ["if (-not $Shawl) {", "if (-not $Shawl {"],
      ['throw "$What failed', "throw $What failed"],
      ["do {", "do"],
    ] as const) {
      assert.ok(text.includes(place), place);
      assert.notEqual(errors(text.replace(place, fault)), "", fault);
    }
  });

  it("was found where it is", () => {
    assert.deepEqual([services.length, dockerfile.length], [3, 2]);
    assert.ok(steps.length > 5);
  });
});
