// Makes a NativeError of a Windows call that failed, by the one table of error numbers.

import { NativeError, type NativeErrorFields } from "../native-error.js";
import { explainError } from "./error-table.js";

/** A call that failed, before anybody has decided what it means for the caller. */
export interface Win32Failure {
  /** The call, or the ioctl where it was WSAIoctl. */
  readonly api: string;
  readonly errorNumber: number;
}

/** `where` says of what, such as "for port 20001". */
export function win32Error(
  { api, errorNumber }: Win32Failure,
  where: string,
  fields: Partial<Pick<NativeErrorFields, "port" | "holders">> = {},
): NativeError {
  const { name, code, meaning, advice } = explainError(api, errorNumber);
  return new NativeError(
    code,
    `${api} failed with ${name} (${errorNumber}) ${where}: ${meaning}. ${advice}`,
    { api, errorNumber, errorName: name, ...fields },
  );
}
