// docs/troubleshooting.md against real brokers: each symptom is brought about, its command is run as it stands there, and what it prints
// is compared with the page. Ports, ids, times and paths are those of the day, so they count for nothing.

import assert from "node:assert/strict";
import { samplesOf } from "../support/document-samples.js";
import { describeOnLinux } from "../native/support/linux-only.js";
import { SymptomLab } from "./support/symptom-lab.js";

const page = "docs/troubleshooting.md";

/** The commands that are shown with what they print, in the order of the page. */
const shown = samplesOf(page)
  .filter(({ language }) => language === "console")
  .map(({ text }) => text.slice("$ ".length).split("\n"))
  .map(([command = "", ...printed]) => ({ command, printed: printed.join("\n").trim() }));

describeOnLinux("docs/troubleshooting.md", function () {
  this.timeout(120_000);
  let lab: SymptomLab;
  before(async () => {
    lab = await SymptomLab.open();
  });
  after(() => lab.close());

  it("shows a command and its output for each symptom that can be brought about here", () => {
    assert.equal(shown.length, lab.symptoms.length);
  });

  for (const [index, { command, printed }] of shown.entries()) {
    it(`shows what is printed: ${command}`, async () => {
      const symptom = lab.symptoms[index];
      assert.ok(symptom !== undefined);
      const words = await symptom.bringAbout();
      assert.equal(timeless(`portlease ${words.join(" ")}`), timeless(command));
      const { stdout, stderr } = await lab.run(words);
      assert.equal(timeless(stderr + stdout), timeless(printed));
    });
  }
});

/** Without what is another each time: lease ids, paths, numbers, and the width of columns that follows from them. */
function timeless(text: string): string {
  return (
    text
      .replaceAll(/\b[0-9a-z]{11}-[0-9a-z]{8}\b/g, "LEASE")
      // At which write it noticed first, and what the system calls that.
      .replaceAll(/failed while [^;]*;/g, "FAILED;")
      .replaceAll(/(?:\/[\w.-]+)+|\bkey\.txt/g, "PATH")
      .replaceAll("'", "")
      .replaceAll(/\d+/g, "0")
      .replaceAll(/(?:0(?:ms|[dhms]))+/g, "TIME")
      .replaceAll(/ on \S+ \(linux\)/g, " on HOST (linux)")
      .replaceAll(/ +/g, " ")
      .trim()
  );
}
