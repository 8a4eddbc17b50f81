// Advice of the broker: the words to read and the command to copy.

import assert from "node:assert/strict";
import { parseRemedy, sentence } from "#dashboard/model/remedy.js";

describe("a remedy", () => {
  it("that is a command is a command", () => {
    assert.deepEqual(parseRemedy("portlease explain 20417"), {
      words: "",
      command: "portlease explain 20417",
    });
  });

  it("that ends in a command is words and the command", () => {
    assert.deepEqual(parseRemedy("start it again: portlease serve"), {
      words: "Start it again:",
      command: "portlease serve",
    });
    assert.deepEqual(
      parseRemedy(
        "set a shorter quarantine (portlease pools set web --quarantine TIME), or portlease blocks add --size 16 --pool web",
      ),
      {
        words: "Set a shorter quarantine (portlease pools set web --quarantine TIME):",
        command: "portlease blocks add --size 16 --pool web",
      },
    );
  });

  it("that is words is a sentence", () => {
    assert.deepEqual(parseRemedy("mend those that are listed first"), {
      words: "Mend those that are listed first.",
      command: "",
    });
  });

  it("offers no command that would not run as it stands", () => {
    assert.equal(
      parseRemedy(
        "it is nobody's: portlease blocks delete b1; it is yours: portlease blocks adopt b1",
      ).command,
      "",
    );
  });

  it("keeps the full stop that a sentence has", () => {
    assert.equal(sentence("Wait."), "Wait.");
    assert.equal(sentence(""), "");
  });
});
