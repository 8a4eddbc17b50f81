// One method's messages as JSON and back, after the rules of proto3 JSON (https://protobuf.dev/programming-guides/json/): by the
// descriptors that reflection serves, over the bytes that gRPC would send, so that nothing is written by hand for any message.

import type { MethodDefinition } from "@grpc/grpc-js";
import {
  create,
  type DescMessage,
  fromBinary,
  fromJsonString,
  type Message,
  type Registry,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { jsonRefusal } from "./json-refusal.js";

type Definition = MethodDefinition<unknown, unknown>;

export class JsonMethod {
  readonly #definition: Definition;
  readonly #input: DescMessage;
  readonly #output: DescMessage;
  readonly #registry: Registry;
  readonly #shared = new WeakMap<object, string>();

  constructor(definition: Definition, input: DescMessage, output: DescMessage, registry: Registry) {
    this.#definition = definition;
    this.#input = input;
    this.#output = output;
    this.#registry = registry;
  }

  /** The message as handlers get it; an empty text is an empty message. Throws field_invalid. */
  read(text: string): unknown {
    const message = text === "" ? create(this.#input) : this.#parse(text);
    return this.#definition.requestDeserialize(Buffer.from(toBinary(this.#input, message)));
  }

  /** Fields without a value are written too, so that readers see zeros. */
  write(answer: unknown): string {
    const message = fromBinary(this.#output, this.#definition.responseSerialize(answer));
    const options = { alwaysEmitImplicit: true, registry: this.#registry };
    return JSON.stringify(toJson(this.#output, message, options));
  }

  /** The same for a message that many readers may get, which costs milliseconds: written once, and not to be changed afterwards. */
  writeShared(answer: object): string {
    const text = this.#shared.get(answer) ?? this.write(answer);
    this.#shared.set(answer, text);
    return text;
  }

  #parse(text: string): Message {
    try {
      return fromJsonString(this.#input, text, { registry: this.#registry });
    } catch {
      throw jsonRefusal(this.#input, text, this.#registry);
    }
  }
}
