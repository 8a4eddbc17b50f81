// How every answer leaves: with the headers that keep browsers from doing more with it than the dashboard needs, and short texts
// for what HTTP itself refuses.

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { messageBytesMax } from "../grpc/limits.js";

/**
 * Scripts, styles and connections of this listener only, nothing inline, in nobody's frame: https://www.w3.org/TR/CSP3/ .
 * Small images may be written into the style sheet.
 */
const contentSecurityPolicy = [
  "default-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const securityHeaders: OutgoingHttpHeaders = {
  "content-security-policy": contentSecurityPolicy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

export const plainText = "text/plain; charset=utf-8";

/** Writes the head. `cache-control` is no-store unless the headers say otherwise. */
export function writeHead(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
): void {
  response.writeHead(status, { ...securityHeaders, "cache-control": "no-store", ...headers });
}

/** A whole answer. To HEAD only its headers go. */
export function answer(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body: string | Buffer,
): void {
  if (response.headersSent || response.destroyed) return;
  if (status === 401) response.setHeader("www-authenticate", "Bearer");
  if (leavesBodyUnread(response.req)) response.setHeader("connection", "close");
  writeHead(response, status, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

/** One line for people. */
export function answerText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: OutgoingHttpHeaders = {},
): void {
  answer(response, status, { "content-type": plainText, ...headers }, `${text}\n`);
}

/** Node reads what is left of a body before the next request; more than a message would be a way to keep it busy. */
function leavesBodyUnread(request: IncomingMessage): boolean {
  if (request.complete) return false;
  const length = Number(request.headers["content-length"] ?? "0");
  const chunked = request.headers["transfer-encoding"] !== undefined;
  return chunked || !(length <= messageBytesMax);
}
