// Every error number of the reservation API, on its way from the call of Windows in a running broker to a client on Linux:
// it arrives as docs/errors.md says, and the broker goes on as before.

import assert from "node:assert/strict";
import { errorsTable } from "../../support/errors-page.js";
import type { RpcFailure } from "../../support/rpc-failure.js";
import { EndToEndLab } from "../support/end-to-end-lab.js";
import { type ErrorRow, errorRows } from "../support/error-rows.js";
import { ErrorTrial } from "../support/error-trial.js";
import { describeInWine } from "../support/wine-lab.js";

const documentedNumbers = errorsTable("Windows error numbers");
const statusByReason = new Map(
  errorsTable("Reasons").map(([reason = "", status = ""]) => [reason, status]),
);

/** The row of docs/errors.md: that of the call, else the one for any call. */
function documentedRow({ api, errorNumber }: Pick<ErrorRow, "api" | "errorNumber">) {
  const ofNumber = documentedNumbers.filter(([number]) => number === String(errorNumber));
  const row =
    ofNumber.find(([, , call]) => call === api) ?? ofNumber.find(([, , call]) => call === "any");
  if (row === undefined) throw new Error(`docs/errors.md has no ${errorNumber} of ${api}`);
  const [, name = "", , reason = "", meaning = "", advice = ""] = row;
  return { name, reason, meaning, advice };
}

function assertDocumented(row: ErrorRow, failure: RpcFailure): void {
  const { name, reason, meaning, advice } = documentedRow(row);
  assert.equal(failure.reason, row.outcome === "documented" ? reason : row.outcome);
  assert.equal(failure.codeName, statusByReason.get(failure.reason));
  const {
    api,
    error_number: number,
    error_name: metadataName,
  } = failure.details.errorInfo?.metadata ?? {};
  assert.deepEqual([api, number, metadataName], [row.api, String(row.errorNumber), name]);
  if (row.advice !== undefined) {
    assert.match(failure.text, row.advice);
    return;
  }
  assert.ok(
    failure.text.startsWith(`${row.api} failed with ${name} (${row.errorNumber}) `),
    failure.text,
  );
  assert.ok(failure.text.endsWith(`: ${meaning}. ${advice}`), failure.text);
}

describe("the error numbers of the reservation API", () => {
  it("are all tried in the lab that docs/errors.md has for a call of it", () => {
    const calls = new Set(errorRows.map(({ api }) => api));
    const tried = new Set(errorRows.map(({ api, errorNumber }) => `${api} ${errorNumber}`));
    for (const [number, , call = ""] of documentedNumbers) {
      if (calls.has(call)) assert.ok(tried.has(`${call} ${number}`), `${call} ${number}`);
    }
  });

  it("are all in docs/errors.md that are tried in the lab", () => {
    for (const row of errorRows) assert.notEqual(documentedRow(row).advice, "");
  });
});

for (const kind of ["persistent", "runtime"] as const) {
  describeInWine(`with a broker of kind ${kind} on Windows`, function () {
    this.timeout(120_000);
    let lab: EndToEndLab;
    let trial: ErrorTrial;

    before(async () => {
      lab = await EndToEndLab.open();
      trial = await ErrorTrial.start(lab, kind);
    });

    afterEach("nothing is left of it", () => trial.assertAsBefore());

    after(() => lab.close());

    for (const row of errorRows.filter((each) => each.kind === kind)) {
      const { api, errorNumber, through, outcome } = row;
      const what = outcome === "none" ? "is no failure of" : "arrives through";
      it(`${api} ${errorNumber} ${what} ${through}`, async () => {
        const failure = await trial.meet(row);
        if (outcome === "none") return assert.equal(failure, null);
        assert.ok(failure !== null, "the request succeeded");
        assertDocumented(row, failure);
      });
    }

    if (kind === "persistent") {
      it("DeletePersistentTcpPortReservation 1168 is no failure of RemoveBlock", () =>
        trial.removeDeleted());
    }

    it("serves every request after all of them", () => trial.assertServesAll());
  });
}
