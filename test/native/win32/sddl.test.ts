// Access lists as texts: the one that is made, and who is let in by others.

import assert from "node:assert/strict";
import { ownerBesides, privateFolderSddl, readersBesides } from "#native/win32/sddl.js";

const user = "S-1-5-21-1-2-3-1001";

describe("the access list of a private folder", () => {
  it("is protected, inherited, and lets in nobody but LocalSystem, Administrators and the user", () => {
    assert.equal(
      privateFolderSddl(user),
      `D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;${user})`,
    );
    assert.deepEqual(readersBesides(privateFolderSddl(user), user), []);
  });

  it("names LocalSystem once when that is the user", () => {
    assert.equal(privateFolderSddl("S-1-5-18"), "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)");
  });

  it("is too wide for another user", () => {
    const other = "S-1-5-21-1-2-3-1002";
    assert.deepEqual(readersBesides(privateFolderSddl(user), other), [`${user} (FA)`]);
  });
});

describe("readersBesides", () => {
  it("names whom a folder under ProgramData lets in", () => {
    const programData =
      "D:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIIOID;GA;;;CO)(A;OICIID;0x1200a9;;;BU)(A;CIID;DCLCRPCR;;;BU)";
    assert.deepEqual(readersBesides(programData, user), ["Users (0x1200a9)", "Users (DCLCRPCR)"]);
  });

  it("takes owner, group and audit entries for what they are", () => {
    const text = `O:BAG:SYD:PAI(A;OICI;FA;;;SY)(D;;FA;;;WD)(A;;FA;;;${user})S:(AU;SAFA;FA;;;WD)`;
    assert.deepEqual(readersBesides(text, user), []);
  });

  it("counts an owner that is a stranger: it may change the access list", () => {
    const stranger = "S-1-5-21-1-2-3-1002";
    const list = privateFolderSddl(user);
    assert.deepEqual(readersBesides(`O:${stranger}G:SY${list}`, user), [`${stranger} (owner)`]);
    assert.deepEqual(readersBesides(`O:BU${list}`, user), ["Users (owner)"]);
    for (const owner of [user, "BA", "SY"]) {
      assert.deepEqual(readersBesides(`O:${owner}G:SY${list}`, user), []);
    }
  });

  it("counts conditional and object entries that allow", () => {
    const text = 'D:P(XA;;FR;;;AU;(@User.clearance=="high (top)"))(OA;;FR;;;WD)';
    assert.deepEqual(readersBesides(text, user), ["Authenticated Users (FR)", "Everyone (FR)"]);
  });

  it("knows the built-in administrator by its short name", () => {
    assert.deepEqual(readersBesides("D:P(A;;FA;;;LA)", "S-1-5-21-1-2-3-500"), []);
    assert.deepEqual(readersBesides("D:P(A;;FA;;;LA)", user), ["LA (FA)"]);
  });

  it("says everybody where there is no access list, and nobody where it is empty", () => {
    const everybody = ["everybody (the folder has no access list)"];
    assert.deepEqual(readersBesides("D:NO_ACCESS_CONTROL", user), everybody);
    assert.deepEqual(readersBesides("D:P", user), []);
  });

  it("does not know what it cannot read", () => {
    for (const text of ["", "O:BA", "D:(A;;FA)", "O:D:P"])
      assert.equal(readersBesides(text, user), null);
  });
});

describe("ownerBesides", () => {
  it("is nobody for this user, administrators and the system", () => {
    for (const owner of [user, "BA", "SY"]) {
      assert.equal(ownerBesides(`O:${owner}G:SYD:(A;;FA;;;WD)`, user), null);
    }
  });

  it("names anybody else, and says so when it cannot tell", () => {
    const stranger = "S-1-5-21-1-2-3-1002";
    assert.equal(ownerBesides(`O:${stranger}D:(A;;FA;;;SY)`, user), stranger);
    assert.equal(ownerBesides("O:BUG:SYD:", user), "Users");
    for (const text of ["", "D:P", "O:D:P"]) {
      assert.equal(ownerBesides(text, user), "an owner that cannot be told");
    }
  });
});
