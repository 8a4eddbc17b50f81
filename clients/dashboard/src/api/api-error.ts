// Why a call failed, as the Connect protocol says it: https://connectrpc.com/docs/protocol/#error-end-stream. Decide on the
// code; the message is the broker's own and is shown as it is.

export class ApiError extends Error {
  /** The Connect code, such as "permission_denied"; "unavailable" when no broker answered. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "ApiError";
    this.code = code;
  }
}

/** What of a body in JSON is known: `{"code", "message"}`. Anything else counts as "unknown", with the text of `fallback`. */
export function apiErrorFrom(body: unknown, fallback: string): ApiError {
  if (typeof body !== "object" || body === null) return new ApiError("unknown", fallback);
  const { code, message } = body as { code?: unknown; message?: unknown };
  return new ApiError(
    typeof code === "string" ? code : "unknown",
    typeof message === "string" && message !== "" ? message : fallback,
  );
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError("unavailable", error instanceof Error ? error.message : String(error));
}

/** The caller must say who it is, or has said it with a token that is not known. */
export function wantsToken(error: ApiError): boolean {
  return error.code === "unauthenticated";
}
