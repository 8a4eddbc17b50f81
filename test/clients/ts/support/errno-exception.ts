// The number that libuv gives to a system error on this platform.

import { getSystemErrorMap } from "node:util";

export function errnoException(code: string): { readonly code: string; readonly errno: number } {
  const [errno] = [...getSystemErrorMap()].find(([, [name]]) => name === code) ?? [0];
  return { code, errno };
}
