// How every listener of the broker speaks TLS: the same certificate, the same versions, the same word on client certificates.

import { constants } from "node:crypto";
import type { SecureContextOptions, TLSSocket } from "node:tls";
import { certificateNames } from "./certificate-names.js";
import type { TlsIdentity } from "./tls-material.js";

/** For a listener, and again when its certificate changes. */
export function contextOptions({ cert, key, ca }: TlsIdentity): SecureContextOptions {
  return {
    cert,
    key,
    minVersion: "TLSv1.2",
    // A resumed session would bring back a certificate that was verified with the authorities of then.
    secureOptions: constants.SSL_OP_NO_TICKET,
    ...(ca === null ? {} : { ca }),
  };
}

/** Where a client certificate is only asked for, a client without one may have a token; a bad one counts as none. */
export function clientCertificateOptions({ clientCertificate }: TlsIdentity): {
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
} {
  return {
    requestCert: clientCertificate !== "none",
    rejectUnauthorized: clientCertificate === "required",
  };
}

/** The names in the client's certificate; empty without one, or with one that nobody vouches for. */
export function clientNames(socket: TLSSocket): readonly string[] {
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  return certificate === undefined ? [] : certificateNames(certificate);
}
