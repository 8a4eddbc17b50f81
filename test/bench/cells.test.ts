import assert from "node:assert/strict";
import { cellsOf } from "../../bench/rows/cells.js";
import { brokerRows, peerRows, type RowDefinition } from "../../bench/rows/rows.js";

const rows = [...brokerRows, ...peerRows];

function named(name: string): RowDefinition {
  const row = rows.find((one) => one.name === name);
  assert.ok(row !== undefined);
  return row;
}

describe("the cells of the benchmark", () => {
  const all = {
    rows: rows.map(({ name }) => name),
    clients: ["js", "native"],
    concurrencies: [1, 64, 256],
  } as const;

  it("are each row by each client that can ask it", () => {
    const cells = cellsOf([named("unary-pair"), named("client-pair")], {
      ...all,
      concurrencies: [1],
    });
    assert.deepEqual(
      cells.map(({ row, client }) => [row.name, client]),
      [
        ["unary-pair", "js"],
        ["unary-pair", "native"],
        ["client-pair", "js"],
      ],
    );
  });

  it("have no more requests in flight than the server takes", () => {
    const cells = cellsOf([named("portserver-grant")], all);
    assert.deepEqual(
      cells.map(({ concurrency }) => concurrency),
      [1, 64],
    );
  });

  it("are of the rows and clients that were asked for", () => {
    const wanted = { ...all, rows: ["session-pair", "etcd-grant"], clients: ["js"] } as const;
    assert.deepEqual(
      cellsOf(rows, wanted).map(({ row, client }) => [row.name, client]),
      Array.from({ length: 3 }, () => ["session-pair", "js"]),
    );
  });
});

describe("the rows of the benchmark", () => {
  it("have names and titles of their own", () => {
    assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
    assert.equal(new Set(rows.map(({ title }) => title)).size, rows.length);
  });
});
