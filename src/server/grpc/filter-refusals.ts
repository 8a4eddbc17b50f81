// How a filter or an order is refused: with the place, and with what could stand there.

import { fieldInvalid } from "../domain/refusals.js";
import { echo } from "../domain/echo.js";
import { BrokerError } from "../domain/errors.js";

/** A text that is no filter: what is wrong, and where. */
export class InvalidFilter extends Error {
  /** From 0, in UTF-16 units. */
  readonly at: number;

  constructor(at: number, problem: string) {
    super(problem);
    this.at = at;
  }
}

/** `name`: the field of the request. People are told places from 1. */
export function filterInvalid(name: string, { at, message: problem }: InvalidFilter): BrokerError {
  const error = fieldInvalid(name, `is wrong at character ${at + 1}: ${problem}`);
  const metadata = { ...error.details.metadata, position: String(at + 1) };
  return new BrokerError(error.code, error.message, { ...error.details, metadata });
}

/** Callers' words are echoed shortened. */
export function shown(text: string): string {
  const harmless = echo(text, text.length);
  return JSON.stringify(harmless.length > 40 ? `${harmless.slice(0, 40)}…` : harmless);
}
