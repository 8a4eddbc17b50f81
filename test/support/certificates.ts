// Certificates for tests: a small writer of X.509 (RFC 5280) in DER, so that tests need neither openssl nor a package for it.
// Elliptic keys, SHA-256; only what TLS looks at.

import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

export interface Issued {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface Subject {
  readonly commonName: string;
  /** "DNS:localhost", "IP:127.0.0.1", "URI:spiffe://example.org/orders". */
  readonly names?: readonly string[];
  /** Default: yesterday, and tomorrow. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const dayMs = 86_400_000;
const oids = {
  commonName: [0x55, 0x04, 0x03],
  basicConstraints: [0x55, 0x1d, 0x13],
  subjectAltName: [0x55, 0x1d, 0x11],
  ecdsaWithSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
} as const;
const yes = Buffer.from([0x01, 0x01, 0xff]);

export class CertificateAuthority {
  readonly cert: string;
  readonly #key: KeyObject;
  readonly #name: Buffer;

  constructor(commonName = "portlease test authority") {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#key = privateKey;
    this.#name = distinguishedName(commonName);
    this.cert = this.#signed({ commonName }, publicKey, [
      extension(oids.basicConstraints, sequence(yes), true),
    ]);
  }

  issue(subject: Subject): Issued {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const names = (subject.names ?? []).map(alternativeName);
    const extensions =
      names.length === 0 ? [] : [extension(oids.subjectAltName, sequence(...names))];
    const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    return { cert: this.#signed(subject, publicKey, extensions), key };
  }

  #signed(subject: Subject, publicKey: KeyObject, extensions: readonly Buffer[]): string {
    const notBefore = subject.notBefore ?? new Date(Date.now() - dayMs);
    const notAfter = subject.notAfter ?? new Date(Date.now() + dayMs);
    const algorithm = sequence(tagged(0x06, Buffer.from(oids.ecdsaWithSha256)));
    const serial = Buffer.concat([Buffer.from([0x01]), randomBytes(8)]);
    const body = sequence(
      tagged(0xa0, tagged(0x02, Buffer.from([2]))),
      tagged(0x02, serial),
      algorithm,
      this.#name,
      sequence(time(notBefore), time(notAfter)),
      distinguishedName(subject.commonName),
      publicKey.export({ type: "spki", format: "der" }),
      ...(extensions.length === 0 ? [] : [tagged(0xa3, sequence(...extensions))]),
    );
    const signature = sign("sha256", body, this.#key);
    const bits = tagged(0x03, Buffer.concat([Buffer.from([0]), signature]));
    const text = sequence(body, algorithm, bits).toString("base64");
    const lines = text.match(/.{1,64}/g)?.join("\n") ?? "";
    return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  }
}

function distinguishedName(commonName: string): Buffer {
  const attribute = sequence(
    tagged(0x06, Buffer.from(oids.commonName)),
    tagged(0x0c, Buffer.from(commonName)),
  );
  return sequence(tagged(0x31, attribute));
}

/** GeneralName, RFC 5280 section 4.2.1.6. */
function alternativeName(name: string): Buffer {
  const [kind, value] = [name.slice(0, name.indexOf(":")), name.slice(name.indexOf(":") + 1)];
  switch (kind) {
    case "DNS":
      return tagged(0x82, Buffer.from(value));
    case "URI":
      return tagged(0x86, Buffer.from(value));
    case "IP":
      return tagged(0x87, Buffer.from(value.split(".").map(Number)));
    default:
      throw new Error(`no such kind of name: ${name}`);
  }
}

function extension(oid: readonly number[], value: Buffer, critical = false): Buffer {
  const parts = [tagged(0x06, Buffer.from(oid)), ...(critical ? [yes] : []), tagged(0x04, value)];
  return sequence(...parts);
}

/** GeneralizedTime for all years: OpenSSL reads it, though RFC 5280 wants UTCTime before 2050. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]/g, "").slice(0, 14);
  return tagged(0x18, Buffer.from(`${digits}Z`));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function tagged(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content)]), content]);
}

function lengthOf({ length }: Buffer): readonly number[] {
  if (length < 0x80) return [length];
  return length < 0x1_00 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}
