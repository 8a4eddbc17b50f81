// What the client tells the application's log. It never writes anywhere by itself, and no secret is ever among the fields.

export type LogLevel = "debug" | "info" | "warn";

/** `message` is a sentence; `fields` are its values, such as leaseId, port, address, reason. */
export type Log = (
  level: LogLevel,
  message: string,
  fields: Readonly<Record<string, string | number>>,
) => void;
