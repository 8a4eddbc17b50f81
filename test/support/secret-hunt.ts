// Secrets that a test planted, and the search for them in whatever comes out of a broker: text or bytes of the wire.

import { noteSecret } from "./test-output.js";

interface Planted {
  readonly name: string;
  /** How it looks as text, on the wire, in memory. */
  readonly forms: readonly Buffer[];
}

export class SecretHunt {
  readonly #planted: Planted[] = [];

  /** Also for the search at the end of the run, through everything that programs have printed. */
  plant(name: string, secret: string): string {
    noteSecret(secret);
    const forms = [secret, Buffer.from(secret).toString("base64"), encodeURIComponent(secret)];
    this.#planted.push({ name, forms: [...new Set(forms)].map((form) => Buffer.from(form)) });
    return secret;
  }

  /** The lines of a key in PEM. */
  plantKey(name: string, pem: string): void {
    const lines = pem.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
    this.#planted.push({ name, forms: lines.map((line) => Buffer.from(line)) });
  }

  /** A reservation token: decimal, hexadecimal, as 8 bytes of either order, as a varint of protobuf. */
  plantNumber(name: string, value: bigint): void {
    if (value < 1n << 32n) throw new Error("a number this small would be found by chance");
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value);
    const texts = [value.toString(), value.toString(16)].map((text) => Buffer.from(text));
    const forms = [...texts, bytes, Buffer.from(bytes.toReversed()), varint(value)];
    this.#planted.push({ name, forms });
  }

  get count(): number {
    return this.#planted.length;
  }

  /** The names of the secrets that are in it. */
  found(output: string | Uint8Array): readonly string[] {
    const bytes = Buffer.from(output);
    return this.#planted
      .filter(({ forms }) => forms.some((form) => bytes.includes(form)))
      .map(({ name }) => name);
  }
}

/** https://protobuf.dev/programming-guides/encoding/#varints */
function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}
