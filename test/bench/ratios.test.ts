import assert from "node:assert/strict";
import { goalsOf, ratiosOf } from "../../bench/ratios.js";
import { ratioDefinitions, type RatioDefinition } from "../../bench/ratio-definitions.js";
import type { Measurement } from "../../bench/rows/cells.js";
import { brokerRows, type ClientName, peerRows, rowNames } from "../../bench/rows/rows.js";

const rows = [...brokerRows, ...peerRows];

interface Measured {
  readonly name: string;
  readonly client?: ClientName;
  readonly concurrency?: number;
  readonly round?: number;
  /** In a window of two seconds. */
  readonly calls?: number;
  readonly p99Ms?: number;
}

function measurement(measured: Measured): Measurement {
  const { name, client = "native", concurrency = 64, round = 1, calls = 100, p99Ms = 5 } = measured;
  const row = rows.find((one) => one.name === name);
  assert.ok(row !== undefined);
  const window = {
    calls,
    durationMs: 2_000,
    p50Ms: 1,
    p99Ms,
    maxMs: 10,
    serverUsPerCall: null,
    clientUsPerCall: 1,
    loopDelayP99Ms: null,
    othersCores: null,
  };
  return { row, client, concurrency, round, window };
}

const definition: RatioDefinition = {
  name: "pairs / calls",
  metric: "callsPerSecond",
  of: "unary-pair",
  to: "empty-unary",
  client: "native",
  goals: { 64: { atLeast: 0.75 } },
};

describe("the ratios of the benchmark", () => {
  it("are formed within each round, whatever the rounds were like", () => {
    const measurements = [
      measurement({ name: "unary-pair", round: 1, calls: 50 }),
      measurement({ name: "empty-unary", round: 1, calls: 100 }),
      measurement({ name: "empty-unary", round: 2, calls: 1_000 }),
      measurement({ name: "unary-pair", round: 2, calls: 800 }),
      measurement({ name: "unary-pair", round: 3, calls: 6 }),
      measurement({ name: "empty-unary", round: 3, calls: 10 }),
    ];
    assert.deepEqual(ratiosOf(measurements, [definition]), [
      { name: "pairs / calls", concurrency: 64, value: { median: 0.6, min: 0.5, max: 0.8 } },
    ]);
  });

  it("are of one client and one number of requests in flight, in rising order", () => {
    const measurements = [64, 1].flatMap((concurrency) => [
      measurement({ name: "unary-pair", concurrency, calls: concurrency }),
      measurement({ name: "empty-unary", concurrency, calls: 128 }),
      measurement({ name: "empty-unary", concurrency, client: "js", calls: 1 }),
    ]);
    assert.deepEqual(
      ratiosOf(measurements, [definition]).map(({ concurrency, value }) => [
        concurrency,
        value.median,
      ]),
      [
        [1, 1 / 128],
        [64, 0.5],
      ],
    );
  });

  it("count a pair as two calls, and a pair as one pair", () => {
    const measurements = [
      measurement({ name: "unary-pair", calls: 100 }),
      measurement({ name: "portserver-grant", calls: 100 }),
    ];
    const pairs = { ...definition, to: "portserver-grant", metric: "unitsPerSecond" } as const;
    assert.equal(ratiosOf(measurements, [pairs])[0]?.value.median, 0.5);
    assert.equal(
      ratiosOf(measurements, [{ ...pairs, metric: "callsPerSecond" }])[0]?.value.median,
      1,
    );
  });

  it("may be of another client's row where that has no other", () => {
    const measurements = [
      measurement({ name: "unary-pair", calls: 10 }),
      measurement({ name: "get-port", client: "js", calls: 10 }),
    ];
    const ratios = ratiosOf(measurements);
    assert.deepEqual(
      ratios.map(({ name }) => name),
      ["unary pairs / get-port in process"],
    );
  });

  it("are left out where one of the rows was not measured", () => {
    assert.deepEqual(ratiosOf([measurement({ name: "unary-pair" })]), []);
  });

  it("of latencies are of the p99", () => {
    const measurements = [
      measurement({ name: "unary-pair", p99Ms: 13 }),
      measurement({ name: "empty-unary", p99Ms: 10 }),
    ];
    const p99 = { ...definition, metric: "p99Ms" } as const;
    assert.equal(ratiosOf(measurements, [p99])[0]?.value.median, 1.3);
  });
});

describe("the goals of the ratios", () => {
  const ratio = (median: number, concurrency = 64) => ({
    name: definition.name,
    concurrency,
    value: { median, min: 0, max: 9 },
  });

  it("are judged by the median, and met at the wanted value", () => {
    const met = (median: number): unknown => goalsOf([ratio(median)], [definition])[0]?.met;
    assert.deepEqual([0.74, 0.75, 0.76].map(met), [false, true, true]);
  });

  it("are of the requests in flight for which there is one", () => {
    assert.deepEqual(goalsOf([ratio(1, 16)], [definition]), []);
    assert.deepEqual(
      goalsOf([ratio(1, 64)], [definition]).map(({ name, goal }) => [name, goal]),
      [["pairs / calls, c=64", ">= 0.75"]],
    );
  });
});

describe("the definitions of ratios", () => {
  it("name rows that there are, asked by clients that can, with different names", () => {
    for (const { name, of, to, client, toClient = client } of ratioDefinitions) {
      for (const [row, by] of [
        [of, client],
        [to, toClient],
      ] as const) {
        assert.ok(rowNames.includes(row), `${name}: ${row}`);
        assert.ok(rows.find((one) => one.name === row)?.clients.includes(by), `${name}: ${by}`);
      }
    }
    const names = ratioDefinitions.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  });

  it("have a goal only where the rows are measured", () => {
    for (const { name, of, to, goals } of ratioDefinitions) {
      const most = Math.min(
        ...[of, to].map(
          (row) => rows.find((one) => one.name === row)?.concurrencyMax ?? Number.MAX_VALUE,
        ),
      );
      for (const concurrency of Object.keys(goals)) assert.ok(Number(concurrency) <= most, name);
    }
  });
});
