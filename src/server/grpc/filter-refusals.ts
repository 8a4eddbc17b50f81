// How a filter or an order is refused: with the place, and with what could stand there.

import { fieldInvalid } from "../domain/acquire-request.js";
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
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
