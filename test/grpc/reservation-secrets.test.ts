// Reservation tokens of the kernel, on an imaginary host that has some: whoever holds a lease gets them, and nothing else tells them.

import assert from "node:assert/strict";
import { everyMethod, type Method } from "../support/access-matrix.js";
import { eventually } from "../support/eventually.js";
import { type ImaginaryBroker, startImaginaryBroker } from "../support/imaginary-broker.js";
import { SecretHunt } from "../support/secret-hunt.js";
import { WireReader } from "../support/wire-reader.js";

/** Their answers are what the tokens are for; they need the holder key, or make a new lease. */
const forHolders = new Set(["AcquireLease", "RenewLease", "TransferSocket", "Session"]);
/** They end what is looked at, and take time on this host's system. */
const leftAlone = new Set(["RemoveBlock", "ForgetBlock", "AdoptBlock", "ReserveBlock"]);

const nameOf = ({ path }: Method): string => path.slice(path.lastIndexOf("/") + 1);

for (const kind of ["persistent", "runtime"] as const) {
  describe(`the reservation tokens of a ${kind} block`, () => {
    const hunt = new SecretHunt();
    let imaginary: ImaginaryBroker;
    let reader: WireReader;

    before(async () => {
      imaginary = await startImaginaryBroker({ kind });
      reader = new WireReader(imaginary.caller.leaseClient.getChannel().getTarget(), null);
    });

    after(async () => {
      reader.close();
      await imaginary.stop();
    });

    it("are told to the holder, and are nowhere in lists, watches, history, exports and reports", async () => {
      const requestId = "once-0123456789";
      const { leaseId, reservations } = await imaginary.caller.acquire({ requestId });
      hunt.plantNumber("the token", reservations[0]?.token ?? 0n);
      const acquire = everyMethod.find((method) => nameOf(method) === "AcquireLease");
      assert.ok(acquire !== undefined);
      const again = await reader.unary(acquire, { requestId });
      assert.deepEqual(hunt.found(again.bytes), ["the token"], "the search finds it");
      const leaks: string[] = [];
      let answeredBytes = 0;
      const look = (what: string, output: Uint8Array | string): void => {
        answeredBytes += output.length;
        for (const name of hunt.found(output)) leaks.push(`${name} is in ${what}`);
      };
      for (const method of everyMethod) {
        if (forHolders.has(nameOf(method)) || leftAlone.has(nameOf(method))) continue;
        if (method.responseStream) {
          const stream = reader.stream(method, { ports: true, maxEvents: 10 });
          await eventually("it has begun", () => stream.messageCount > 0);
          look(nameOf(method), stream.bytes);
          stream.stop();
          continue;
        }
        for (const fields of [{}, { leaseId }, { port: 20_000 }]) {
          const { bytes, error } = await reader.unary(method, fields);
          look(nameOf(method), bytes);
          look(`an error of ${nameOf(method)}`, error);
        }
      }
      assert.deepEqual(leaks, []);
      assert.ok(answeredBytes > 2_000);
    });
  });
}

describe("the search for secrets", () => {
  it("finds text, what is encoded of it, and numbers in every form that they have on the wire", () => {
    const hunt = new SecretHunt();
    const number = 0x1234_5678_9abc_def0n;
    hunt.plant("text", "a secret of a test/+");
    hunt.plantNumber("number", number);
    for (const output of [
      "… a secret of a test/+ …",
      Buffer.from("a secret of a test/+").toString("base64"),
      "?x=a%20secret%20of%20a%20test%2F%2B",
    ]) {
      assert.deepEqual(hunt.found(output), ["text"]);
    }
    const varint = Buffer.from([0xf0, 0xbd, 0xf3, 0xd5, 0x89, 0xcf, 0x95, 0x9a, 0x12]);
    for (const output of [`${number}`, number.toString(16), varint]) {
      assert.deepEqual(hunt.found(output), ["number"]);
    }
    assert.deepEqual(hunt.found("nothing"), []);
  });
});
