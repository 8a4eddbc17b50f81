// What is read from errors of other packages: by their fields, never by instanceof, since two copies of a package may be
// installed, and never by their text.

/** The `code` of a NativeError, a PortleaseError or one of Node's; `null` when there is none. */
export function errorCodeOf(error: unknown): string | null {
  return textOf(error, "code");
}

/** What the operating system calls the failure, such as "EACCES" or "WSAEACCES", wherever the call was made; `null`: unknown. */
export function errorNameOf(error: unknown): string | null {
  if (typeof error !== "object" || error === null) return null;
  return (
    // NativeError, of this process.
    textOf(Reflect.get(error, "fields"), "errorName") ??
    // PortleaseError, of the broker's process.
    textOf(Reflect.get(error, "metadata"), "error_name")
  );
}

/** The call that failed in this process, as the operating system calls it; `null`: unknown. */
export function apiOf(error: unknown): string | null {
  if (typeof error !== "object" || error === null) return null;
  return textOf(Reflect.get(error, "fields"), "api");
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function textOf(value: unknown, name: string): string | null {
  if (typeof value !== "object" || value === null) return null;
  const found: unknown = Reflect.get(value, name);
  return typeof found === "string" ? found : null;
}
