// What HTTP itself refuses, before any method is asked: thrown anywhere on the way, told as one line of text.

import type { OutgoingHttpHeaders } from "node:http";
import { echo } from "../domain/echo.js";

export class HttpRefusal extends Error {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;

  /** `text` says what happened and what to do; it never repeats more of the request than its path or host. */
  constructor(status: number, text: string, headers: OutgoingHttpHeaders = {}) {
    super(text);
    this.name = "HttpRefusal";
    this.status = status;
    this.headers = headers;
  }
}

export function wrongMethod(method: string, allowed: string, why: string): HttpRefusal {
  return new HttpRefusal(405, `${method} is not for this address: ${why}`, { allow: allowed });
}

/** Of what callers sent, in a text for people: short, on one line, and nothing that could be a token. */
export function shown(text: string): string {
  return shownName(echo(text, text.length));
}

/** The same of a host's name, which may be as long as a token is. */
export function shownName(text: string): string {
  const printable = text.replaceAll(/[^\x20-\x7e]/g, "?");
  return printable.length > 100 ? `${printable.slice(0, 100)}…` : printable;
}
