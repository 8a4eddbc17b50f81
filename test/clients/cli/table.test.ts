// Tables on terminals: what is cut, what is coloured, what is left out.

import assert from "node:assert/strict";
import { type Column, plainTable, tableLines } from "#cli/table.js";
import { displayWidth, withoutColours } from "#cli/terminal/display-width.js";
import { colourPaint } from "#cli/terminal/paint.js";

interface Row {
  readonly service: string;
  readonly state: string;
  readonly count: number;
}

const columns: readonly Column<Row>[] = [
  { heading: "SERVICE", text: ({ service }) => service, cut: 0 },
  { heading: "COUNT", text: ({ count }) => String(count), align: "right" },
  { heading: "MORE", text: () => "more", wide: true },
  { heading: "STATE", text: ({ state }) => state, tone: () => "bound", cut: 1 },
];
const rows: readonly Row[] = [
  { service: "orders-of-the-shop", state: "bound", count: 7 },
  { service: "漢字", state: "bound", count: 1_000 },
];

describe("tableLines", () => {
  it("aligns by what is seen, numbers at the right", () => {
    assert.deepEqual(tableLines(columns, rows), [
      "SERVICE             COUNT  STATE",
      "orders-of-the-shop      7  bound",
      "漢字                 1000  bound",
    ]);
  });

  it("leaves out the headings and the wide columns unless asked for", () => {
    const [line] = tableLines(columns, rows, { ...plainTable, header: false });
    assert.equal(line, "orders-of-the-shop     7  bound");
    assert.match(tableLines(columns, rows, { ...plainTable, wide: true })[0] ?? "", /MORE/);
  });

  it("cuts the least important column first, and only as much as needed", () => {
    const lines = tableLines(columns, rows, { ...plainTable, columns: 24 });
    assert.deepEqual(lines, [
      "SERVICE     COUNT  STATE",
      "orders-of…      7  bound",
      "漢字         1000  bound",
    ]);
  });

  it("leaves the least important out when cutting does not do, and never what matters", () => {
    const [heading] = tableLines(columns, rows, { ...plainTable, columns: 13 });
    assert.equal(heading, "COUNT  STATE");
    assert.equal(tableLines(columns, rows, { ...plainTable, columns: 6 })[0], "COUNT");
  });

  it("is never wider than the terminal, however narrow that is", () => {
    for (let width = 1; width < 40; width += 1) {
      for (const line of tableLines(columns, rows, { ...plainTable, columns: width })) {
        assert.ok(displayWidth(line) <= width, `${width}: ${line}`);
      }
    }
  });

  it("has the same text with colours as without", () => {
    const coloured = tableLines(columns, rows, { ...plainTable, paint: colourPaint });
    assert.ok(coloured[1]?.endsWith(colourPaint("bound", "bound")), coloured[1]);
    assert.deepEqual(coloured.map(withoutColours), tableLines(columns, rows));
  });

  it("keeps what a service's name could do to a terminal out of it", () => {
    const [, line = ""] = tableLines(columns, [{ service: "\u001b[2Jx", state: "", count: 0 }]);
    assert.ok(!line.includes("\u001b"));
  });
});
