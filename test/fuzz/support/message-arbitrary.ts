// Arbitrary messages of any type of the API, made from its descriptors: sound ones, odd ones and impossible ones.

import type { MessageTypeDefinition, PackageDefinition } from "@grpc/proto-loader";
import * as fc from "fast-check";

interface FieldDescriptor {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly typeName: string;
}

interface MessageDescriptor {
  readonly name: string;
  readonly field: readonly FieldDescriptor[];
  readonly nestedType: readonly MessageDescriptor[];
}

/** Deep enough for every message of the API, and for a few levels of google.protobuf.Struct. */
const depthMax = 6;

/** Lengths around the documented bounds (63, 64, 128, 255), and one far beyond. */
const lengths = [0, 1, 63, 64, 65, 128, 129, 255, 256, 5_000];

const portNumbers = [0, 1, 80, 7_600, 20_000, 20_001, 20_003, 65_535, 65_536, 2 ** 32 - 1];

const anyString = fc.string({ unit: "binary", maxLength: 40 });

const uint32 = fc.oneof(fc.constantFrom(...portNumbers), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const int32 = fc.oneof(
  fc.constant(0),
  fc.constantFrom(0, 1, -1, 100, 1_000, 1_001),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
);
const int64 = fc.oneof(
  fc.constantFrom("3", "30"),
  fc.constantFrom("0", "1", "-1", "30", "3600", "9007199254740993", "-9223372036854775808"),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
);
const uint64 = fc.oneof(
  fc.constantFrom("0", "1", "18446744073709551615"),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
);

export class MessageArbitraries {
  readonly #definition: PackageDefinition;
  readonly #words: readonly string[];

  /** `words` are texts that the broker knows, such as names and ids; more may be added at any time. */
  constructor(definition: PackageDefinition, words: readonly string[]) {
    this.#definition = definition;
    this.#words = words;
  }

  /** Plain objects, as the loader's serializers take them. `type` is the full name. */
  of(type: MessageTypeDefinition<object, object>, fullName: string): fc.Arbitrary<object> {
    return this.#message(type.type as MessageDescriptor, fullName, depthMax);
  }

  #message(
    { field, nestedType }: MessageDescriptor,
    scope: string,
    depth: number,
  ): fc.Arbitrary<object> {
    const fields = field.map((descriptor) => {
      const arbitrary = this.#field(descriptor, nestedType, scope, depth);
      return [camelCase(descriptor.name), arbitrary] as const;
    });
    const all = Object.fromEntries(fields);
    const any = fc.record(all, { requiredKeys: [], noNullPrototype: true });
    if (fields.length < 2) return any;
    // With every field odd most messages fail at the first check; with a few they get further.
    const one = fc.oneof(
      ...fields.map(([name, value]) => fc.record({ [name]: value }, { noNullPrototype: true })),
    );
    const few = fc.tuple(one, one, one).map((parts) => Object.assign({}, ...parts) as object);
    return fc.oneof({ weight: 1, arbitrary: any }, { weight: 3, arbitrary: few });
  }

  #field(
    descriptor: FieldDescriptor,
    nested: readonly MessageDescriptor[],
    scope: string,
    depth: number,
  ): fc.Arbitrary<unknown> {
    const own = nested.find(({ name }) => name === descriptor.typeName);
    const value =
      own === undefined
        ? this.#value(descriptor, scope, depth - 1)
        : this.#message(own, scope, depth - 1);
    if (descriptor.label !== "LABEL_REPEATED") return value;
    // Maps are lists of their entries here, so that a key may come twice, too.
    return fc.array(value, { maxLength: own === undefined ? 5 : 40 });
  }

  #value({ type, typeName }: FieldDescriptor, scope: string, depth: number): fc.Arbitrary<unknown> {
    switch (type) {
      case "TYPE_STRING":
        return fc.oneof(this.#word(), this.#word(), anyString, this.#longText());
      case "TYPE_BYTES":
        return fc.uint8Array({ maxLength: 700 }).map((bytes) => Buffer.from(bytes));
      case "TYPE_BOOL":
        return fc.boolean();
      case "TYPE_ENUM":
        return fc.integer({ min: -1, max: 6 });
      case "TYPE_DOUBLE":
      case "TYPE_FLOAT":
        return fc.double();
      case "TYPE_UINT32":
        return uint32;
      case "TYPE_INT32":
        return int32;
      case "TYPE_UINT64":
        return uint64;
      case "TYPE_INT64":
        return int64;
      case "TYPE_MESSAGE":
        return this.#ofName(typeName, scope, depth);
      default:
        throw new Error(`no values are made for fields of ${type}`);
    }
  }

  #ofName(typeName: string, scope: string, depth: number): fc.Arbitrary<unknown> {
    if (depth <= 0) return fc.constant(undefined);
    const { type, fullName } = this.#find(typeName, scope);
    return this.#message(type, fullName, depth);
  }

  /** Names are relative: from the message outwards to the root. */
  #find(typeName: string, scope: string): { type: MessageDescriptor; fullName: string } {
    const levels = scope.split(".");
    for (let length = levels.length; length >= 0; length -= 1) {
      const fullName = [...levels.slice(0, length), typeName.replace(/^\./, "")].join(".");
      const found = this.#definition[fullName];
      if (found !== undefined && "type" in found) {
        return { type: found.type as MessageDescriptor, fullName };
      }
    }
    throw new Error(`${typeName} is nowhere around ${scope}`);
  }

  /** Looked up when it is used, so that ids of leases that were granted meanwhile are among them. */
  #word(): fc.Arbitrary<string> {
    return fc.nat().map((number) => this.#words[number % this.#words.length] ?? "");
  }

  #longText(): fc.Arbitrary<string> {
    return fc.constantFrom(...lengths).map((length) => "ä".repeat(length));
  }
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
