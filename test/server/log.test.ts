// The log: its two forms, its levels, and that nothing named like a secret gets through.

import assert from "node:assert/strict";
import { Writable } from "node:stream";
import type { BrokerConfig, LogLevel } from "#server/config/config.js";
import { createLog, type Log, type LogFields } from "#server/log.js";

class Sink extends Writable {
  isTTY = false;
  text = "";

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }
}

function open(format: BrokerConfig["log"]["format"], level: LogLevel = "debug", isTTY = false) {
  const sink = new Sink();
  sink.isTTY = isTTY;
  return { log: createLog({ format, level }, sink), sink };
}

/** The fields of the one JSON line that `write` makes. */
function jsonOf(write: (log: Log) => void): Record<string, unknown> {
  const { log, sink } = open("json");
  write(log);
  const [line, ...others] = sink.lines();
  assert.equal(others.length, 0);
  return JSON.parse(line ?? "") as Record<string, unknown>;
}

/** Fields that the types do not allow, as a careless caller might still pass. */
const careless = (fields: object): LogFields => fields;

const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;

describe("createLog", () => {
  describe("as JSON", () => {
    it("writes one object per line, time and level and message first", () => {
      const { log, sink } = open("json");
      log.warn("pool is nearly full", { component: "broker", pool: "default", port: 20_000 });
      log.info("ready");
      const [first, second] = sink.lines();
      assert.match(
        first ?? "",
        new RegExp(
          `^\\{"time":"${time}","level":"warn","message":"pool is nearly full",` +
            `"component":"broker","pool":"default","port":20000\\}$`,
        ),
      );
      assert.match(second ?? "", /"level":"info","message":"ready"\}$/);
    });

    it("tells an error with its own fields, its cause and its stack", () => {
      const cause = new Error("disk full");
      const error = Object.assign(new Error("cannot write", { cause }), { code: "STORE" });
      const { error: told } = jsonOf((log) => log.error("call failed", { error }));
      const { stack, cause: toldCause, ...fields } = told as Record<string, unknown>;
      assert.deepEqual(fields, { name: "Error", message: "cannot write", code: "STORE" });
      assert.match(String(stack), /log\.test/);
      assert.equal((toldCause as { message: string }).message, "disk full");
    });

    it("writes what JSON cannot: bigints, dates, bytes, maps, cycles", () => {
      const cycle: Record<string, unknown> = { name: "a" };
      cycle["self"] = cycle;
      const error = {
        big: 2n ** 64n,
        at: new Date(0),
        bytes: Buffer.alloc(3),
        map: new Map([["a", 1]]),
        cycle,
      };
      assert.deepEqual(jsonOf((log) => log.info("x", { error }))["error"], {
        big: "18446744073709551616",
        at: "1970-01-01T00:00:00.000Z",
        bytes: "[3 bytes]",
        map: { a: 1 },
        cycle: { name: "a", self: "[circular]" },
      });
    });
  });

  describe("as text", () => {
    it("writes time, level, component, message and fields on one line", () => {
      const { log, sink } = open("text");
      log.info("ready", {
        component: "grpc",
        address: "127.0.0.1:7600",
        service: "my shop",
        count: 3,
      });
      assert.match(
        sink.text,
        new RegExp(
          `^${time} INFO  \\[grpc\\] ready address=127\\.0\\.0\\.1:7600 service="my shop" count=3\n$`,
        ),
      );
    });

    it("keeps a line one line, whatever a service calls itself", () => {
      const { log, sink } = open("text");
      log.info("granted\n2026-01-01 ERROR faked", { service: "x\nfaked\u001b[2J\u2028\u202e" });
      assert.equal(sink.lines().length, 1);
      // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
      assert.doesNotMatch(sink.text.slice(0, -1), /[\u0000-\u001f\u2028\u202e]/);
    });

    it("shows messages of an error and its causes, and the stack only at level debug", () => {
      const error = new Error("cannot write", { cause: new Error("disk full") });
      const quiet = open("text", "info");
      quiet.log.error("failed", { error });
      assert.match(quiet.sink.text, /failed error="cannot write; disk full"\n$/);
      const loud = open("text", "debug");
      loud.log.error("failed", { error });
      assert.match(loud.sink.text, /error="Error: cannot write\\n {4}at /);
    });

    it("is coloured on a terminal only, and not with NO_COLOR", () => {
      const before = process.env["NO_COLOR"];
      try {
        delete process.env["NO_COLOR"];
        const plain = open("text");
        plain.log.info("x");
        assert.ok(!plain.sink.text.includes("\u001b"));
        const terminal = open("text", "info", true);
        terminal.log.info("x");
        assert.ok(terminal.sink.text.includes("\u001b[32mINFO"));
        process.env["NO_COLOR"] = "1";
        const colorless = open("text", "info", true);
        colorless.log.info("x");
        assert.ok(!colorless.sink.text.includes("\u001b"));
      } finally {
        if (before === undefined) delete process.env["NO_COLOR"];
        else process.env["NO_COLOR"] = before;
      }
    });
  });

  it("leaves out what is below its level", () => {
    const { log, sink } = open("text", "warn");
    log.debug("a");
    log.info("b");
    log.warn("c");
    log.error("d");
    assert.deepEqual(
      sink.lines().map((line) => line.split(" ").slice(1)),
      [
        ["WARN", "", "c"],
        ["ERROR", "d"],
      ],
    );
  });

  it("gives a child's fields to every line of the child, and the line's own go before", () => {
    const line = jsonOf((log) =>
      log.child({ component: "grpc", pool: "a" }).child({ method: "Get" }).info("x", { pool: "b" }),
    );
    assert.deepEqual([line["component"], line["method"], line["pool"]], ["grpc", "Get", "b"]);
  });

  describe("with secrets in its fields", () => {
    const secret = "s3cr3t-value-0123456789";
    const names = [
      "token",
      "reservationToken",
      "holderKey",
      "holder_key",
      "holder-key",
      "HolderKey",
    ];
    const others = [
      "secret",
      "brokerSecret",
      "authorization",
      "Authorization",
      "password",
      "cookie",
    ];

    for (const format of ["json", "text"] as const) {
      for (const name of [...names, ...others]) {
        it(`masks ${name} at any depth in ${format}`, () => {
          const { log, sink } = open(format);
          const error = Object.assign(new Error("x", { cause: { [name]: secret } }), {
            [name]: secret,
          });
          const map = new Map([[name, secret]]);
          const deep = { a: [{ b: { [name]: secret } }] };
          const fields = careless({
            [name]: secret,
            deep,
            map,
            error,
            list: [{ [name]: [secret] }],
          });
          log.info("x", fields);
          log.child(fields).error("y");
          assert.ok(!sink.text.includes(secret), sink.text);
          assert.match(sink.text, /\[masked\]/);
        });
      }
    }

    it("masks a token that is a number", () => {
      assert.equal(jsonOf((log) => log.info("x", careless({ token: 123n })))["token"], "[masked]");
    });
  });
});
