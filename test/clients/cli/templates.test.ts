// Templates in the arguments of a program under `portlease run`.

import assert from "node:assert/strict";
import { fillTemplate } from "#cli/run/templates.js";

const ports = [
  { name: "http", port: 20_000 },
  { name: "admin-api", port: 20_007 },
];

describe("fillTemplate", () => {
  const filled: readonly (readonly [string, string])[] = [
    ["{port}", "20000"],
    ["--listen=[::]:{port}", "--listen=[::]:20000"],
    ["{port1},{port2}", "20000,20007"],
    ["{ports}", "20000,20007"],
    ["{port:http}{port:admin-api}", "2000020007"],
    ["{{port}} {{port:nobody}} {{port9}}", "{port} {port:nobody} {port9}"],
  ];
  for (const [text, value] of filled) {
    it(`makes ${value} of ${text}`, () => assert.equal(fillTemplate(text, ports), value));
  }

  it("leaves everything else as it is", () => {
    for (const text of [
      '{"port": 1}',
      "${port_}",
      "{}",
      "{portal}",
      "{port0}",
      "{ port }",
      "$&",
      "{host}",
    ]) {
      assert.equal(fillTemplate(text, ports), text);
    }
  });

  for (const text of ["{port3}", "{port:nobody}", "{port:}"]) {
    it(`refuses ${text}, which the program does not have, and says what it has`, () => {
      assert.throws(() => fillTemplate(`x${text}`, ports), {
        exitCode: 2,
        message: /it gets 2, called http, admin-api/,
      });
    });
  }
});
