// The ports of a program as its arguments and its environment tell them: numbers, and the names that the user gave them.

export interface ProgramPort {
  /** From `--lease`; `null` without. */
  readonly name: string | null;
  /** What the program is told. */
  readonly port: number;
}

/** What a `--lease` may be called: it becomes part of a variable's name, and a word of LISTEN_FDNAMES. */
export const portNamePattern = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;

/** "admin-api" is ADMIN_API in a variable's name. */
export function variablePart(portName: string): string {
  return portName.toUpperCase().replaceAll("-", "_");
}
