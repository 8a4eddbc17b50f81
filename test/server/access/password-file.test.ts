// A file with a password: what is taken from it, and what is refused. Who may read it is decided as for tokens: token-file.test.ts.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readPassword } from "#server/access/token-file.js";
import { noteSecret } from "../../support/test-output.js";
import { temporaryDirectories } from "../../support/temporary-directory.js";

describe("a file with a password", () => {
  const newDirectory = temporaryDirectories();
  const fileWith = (content: string): string => {
    const path = join(newDirectory(), "etcd.password");
    writeFileSync(path, content);
    return path;
  };
  const ownersOnly = () => null;

  it("has the password, with or without the end of a line", () => {
    const password = " a password with spaces ";
    noteSecret(password);
    for (const end of ["", "\n", "\r\n"]) {
      assert.equal(readPassword(fileWith(`${password}${end}`), ownersOnly), password);
    }
  });

  it("is refused when it is empty, missing, or others may read it", () => {
    assert.throws(() => readPassword(fileWith("\n"), ownersOnly), {
      code: "CANNOT_SECURE",
      message: /^the password file .* cannot be used: it is empty; write the password into it$/,
    });
    assert.throws(() => readPassword("/nowhere/etcd.password", ownersOnly), {
      message: /^the password file \/nowhere\/etcd\.password cannot be used: there is no such file/,
    });
    const open = fileWith("password-that-others-may-read");
    assert.throws(() => readPassword(open, () => "others may read it"), {
      message: /^the password file .* cannot be used: others may read it$/,
    });
  });
});
