// Several messages in one write: what a client of real gRPC makes of it.

import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { promisify } from "node:util";
import {
  credentials,
  makeGenericClientConstructor,
  Server,
  ServerCredentials,
  type ServerWritableStream,
} from "@grpc/grpc-js";
import { joinWaiting, MessageBatch, serializerOf } from "#server/grpc/message-batch.js";
import { settle } from "../support/broker-fixture.js";

const text = {
  requestSerialize: (value: string): Buffer => Buffer.from(value),
  requestDeserialize: (bytes: Buffer): string => bytes.toString(),
};

const definition = {
  tell: {
    ...text,
    path: "/test.Teller/Tell",
    requestStream: false,
    responseStream: true,
    responseSerialize: serializerOf((encoded: Buffer) => encoded),
    responseDeserialize: (bytes: Buffer): string => bytes.toString(),
  },
};

describe("A batch of messages", () => {
  const batchOf = (...texts: string[]): MessageBatch<Buffer> =>
    new MessageBatch(texts.map((each) => Buffer.from(each)));

  it("is what waited while something was being written, each told when it was taken", async () => {
    const written: unknown[] = [];
    const taken: string[] = [];
    const takes: (() => void)[] = [];
    const stream = new Writable({
      objectMode: true,
      write: (message, _encoding, take) => {
        written.push(message instanceof MessageBatch ? message.messages : message);
        takes.push(take);
      },
    });
    joinWaiting(stream);
    for (const each of ["a", "b", "c"]) stream.write(each, () => taken.push(each));
    assert.deepEqual(written, ["a"]);
    takes.shift()?.();
    await settle();
    assert.deepEqual(written, ["a", ["b", "c"]]);
    assert.deepEqual(taken, ["a"]);
    takes.shift()?.();
    await settle();
    assert.deepEqual(taken, ["a", "b", "c"]);
    stream.write("d");
    assert.deepEqual(written.at(-1), "d");
  });

  it("is encoded once, however many readers it is written to", () => {
    const encoded: string[] = [];
    const serialize = serializerOf((message: Buffer) => {
      encoded.push(message.toString());
      return message;
    });
    const shared = batchOf("a", "b");
    for (let readers = 0; readers < 3; readers += 1) serialize(shared);
    assert.deepEqual(encoded, ["a", "b"]);
  });

  it("arrives as single messages, each as it is, between those that were written alone", async () => {
    const long = "x".repeat(100_000);
    const shared = batchOf("c", long, "", "d");
    const written = [
      Buffer.from("a"),
      batchOf("b"),
      shared,
      shared,
      batchOf("", "", "e"),
      Buffer.from("f"),
    ];
    const server = new Server();
    server.addService(definition, {
      tell: (call: ServerWritableStream<string, Buffer | MessageBatch<Buffer>>) => {
        for (const each of written) call.write(each);
        call.end();
      },
    });
    const bind = promisify(server.bindAsync.bind(server));
    const port = await bind("127.0.0.1:0", ServerCredentials.createInsecure());
    const Teller = makeGenericClientConstructor(definition, "Teller");
    const teller = new Teller(`127.0.0.1:${port}`, credentials.createInsecure());
    try {
      const told = await new Promise<readonly string[]>((resolve, reject) => {
        const messages: string[] = [];
        const { path, requestSerialize, responseDeserialize } = definition.tell;
        teller
          .makeServerStreamRequest(path, requestSerialize, responseDeserialize, "go")
          .on("data", (message: string) => messages.push(message))
          .on("error", reject)
          .on("end", () => resolve(messages));
      });
      const several = ["c", long, "", "d"];
      assert.deepEqual(told, ["a", "b", ...several, ...several, "", "", "e", "f"]);
    } finally {
      teller.close();
      server.forceShutdown();
    }
  });
});
