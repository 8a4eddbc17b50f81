// The names that a client certificate is for, out of Node's text forms. Whether the certificate is trusted is decided by TLS.

import type { X509Certificate } from "node:crypto";

/**
 * "URI:...", "DNS:...", "IP Address:..." and the others of the subject alternative name in their order, then "CN:..." of the subject.
 * A subject with several common names has none: which of them counts is a matter of taste.
 */
export function certificateNames({ subject, subjectAltName }: X509Certificate): readonly string[] {
  const commonNames = (subject ?? "")
    .split("\n")
    .filter((line) => line.startsWith("CN=") && !line.includes("\0"));
  const commonName =
    commonNames.length === 1 ? commonNames.map((line) => `CN:${line.slice(3)}`) : [];
  return [...splitAlternativeNames(subjectAltName ?? ""), ...commonName];
}

/**
 * Splits Node's form, "DNS:a, URI:b". A name with a comma or a quote in it comes as a JSON text, so that it cannot pass for two:
 * https://nodejs.org/api/crypto.html#x509subjectaltname
 */
function splitAlternativeNames(text: string): readonly string[] {
  const names: string[] = [];
  const one = /(?:^|, )([A-Za-z][A-Za-z ]*):("(?:[^"\\]|\\.)*"|[^,"]*)(?=, |$)/y;
  for (let match = one.exec(text); match !== null; match = one.exec(text)) {
    const [, kind = "", value = ""] = match;
    names.push(`${kind}:${value.startsWith('"') ? String(JSON.parse(value)) : value}`);
    if (one.lastIndex === text.length) return names;
  }
  // A part that is not understood makes all of it worthless.
  return [];
}
