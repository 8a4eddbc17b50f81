// The list of brokers in DNS, asked of a small name server on loopback.

import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { noDefaults } from "#fleet/sources/brokers/broker-target.js";
import { BrokersSrv, lookUpEveryMs } from "#fleet/sources/brokers/brokers-srv.js";
import type { Pacing } from "#fleet/sources/pacing.js";
import { FakeClock } from "../../../support/fake-clock.js";
import { eventually } from "../../../support/eventually.js";

/** Answers every question with its SRV records, or that there is no such name. RFC 1035 section 4, RFC 2782. */
class NameServer {
  records: readonly { readonly target: string; readonly port: number }[] = [];
  questions = 0;
  readonly #socket: Socket = createSocket("udp4");

  async listen(): Promise<string> {
    this.#socket.on("message", (question, from) => {
      this.questions += 1;
      this.#socket.send(this.#answer(question), from.port, from.address);
    });
    this.#socket.bind(0, "127.0.0.1");
    await once(this.#socket, "listening");
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  close(): void {
    this.#socket.close();
  }

  #answer(question: Buffer): Buffer {
    const header = Buffer.alloc(12);
    question.copy(header, 0, 0, 2);
    const noSuchName = this.records.length === 0 ? 3 : 0;
    header.writeUInt16BE(0x8180 | noSuchName, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(this.records.length, 6);
    const nameEnd = question.indexOf(0, 12) + 5;
    const records = this.records.map(({ target, port }) => {
      const fixed = Buffer.alloc(18);
      fixed.writeUInt16BE(0xc00c, 0);
      fixed.writeUInt16BE(33, 2);
      fixed.writeUInt16BE(1, 4);
      fixed.writeUInt32BE(60, 6);
      const name = nameBytes(target);
      fixed.writeUInt16BE(6 + name.length, 10);
      fixed.writeUInt16BE(port, 16);
      return Buffer.concat([fixed, name]);
    });
    return Buffer.concat([header, question.subarray(12, nameEnd), ...records]);
  }
}

function nameBytes(name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "");
  const parts = labels.map((label) =>
    Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]),
  );
  return Buffer.concat([...parts, Buffer.from([0])]);
}

describe("the list of brokers in DNS", () => {
  let server: NameServer;
  let resolver: Resolver;
  let said: string[];
  /** Ends the pause before the next look-up. */
  let lookAgain: () => void;

  beforeEach(async () => {
    server = new NameServer();
    // It always answers: a busy machine gets its time.
    resolver = new Resolver({ timeout: 20_000, tries: 1 });
    resolver.setServers([await server.listen()]);
    said = [];
  });

  afterEach(() => server.close());

  it("is looked up again and again; what cannot be had leaves it as it was", async () => {
    const abort = new AbortController();
    const pacing: Pacing = {
      clock: new FakeClock(),
      random: () => 0,
      pause: (ms, signal) => {
        assert.equal(ms, lookUpEveryMs);
        return new Promise((resolve) => {
          lookAgain = resolve;
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
      },
    };
    const list = new BrokersSrv("_portlease._tcp.example.org", noDefaults, pacing, resolver);
    server.records = [
      { target: "build-02.example.org", port: 7_600 },
      { target: "build-01.example.org", port: 7_700 },
    ];
    const following = list.follow(
      {
        changed: (brokers) => said.push(brokers.map(({ address }) => address).join(" ")),
        failed: (why) => said.push(`failed: ${why}`),
      },
      abort.signal,
    );
    await until(1);
    assert.equal(said[0], "build-01.example.org:7700 build-02.example.org:7600");
    server.records = [];
    lookAgain();
    await until(2);
    assert.match(said[1] ?? "", /^failed: they cannot be looked up.*ENOTFOUND/);
    // The service is decidedly not there: RFC 2782.
    server.records = [{ target: ".", port: 0 }];
    lookAgain();
    await until(3);
    assert.match(said[2] ?? "", /^failed: there is none/);
    server.records = [{ target: "build-03.example.org", port: 7_600 }];
    lookAgain();
    await until(4);
    assert.equal(said[3], "build-03.example.org:7600");
    assert.equal(server.questions, 4);
    abort.abort();
    await following;
  });

  async function until(count: number): Promise<void> {
    await eventually(`${count} are told`, () => said.length === count);
    // The pause has begun.
    await new Promise(setImmediate);
  }
});
