// How a filter or an order is refused: with the place, and with what could stand there.

import { fieldInvalid } from "../domain/acquire-request.js";
import { echo } from "../domain/echo.js";
import { BrokerError } from "../domain/errors.js";

/** `at`: from 0; people are told from 1. */
export function filterInvalid(at: number, problem: string): BrokerError {
  return withPosition(fieldInvalid("filter", `is wrong at character ${at + 1}: ${problem}`), at);
}

function withPosition(error: BrokerError, at: number): BrokerError {
  const { message, details } = error;
  const metadata = { ...details.metadata, position: String(at + 1) };
  return new BrokerError(error.code, message, { ...details, metadata });
}

/** Callers' words are echoed shortened. */
export function shown(text: string): string {
  const harmless = echo(text, text.length);
  return JSON.stringify(harmless.length > 40 ? `${harmless.slice(0, 40)}…` : harmless);
}
