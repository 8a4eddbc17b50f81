// The real grpcurl as an operator uses it: no proto files, only the address.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./repository.js";

export const grpcurlFolder = join(repositoryRoot, ".build", "tools", "bin");
const grpcurl = join(grpcurlFolder, "grpcurl");

/** Longer than any answer takes; a broker under emulation asks netsh for some. */
const answerMsMax = 30_000;

export interface GrpcurlResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** False where scripts/setup-ci did not run. */
export function hasGrpcurl(): boolean {
  return existsSync(grpcurl);
}

/** `grpcurl -plaintext [-H header] [-d data] address words...` */
export function runGrpcurl(
  address: string,
  words: readonly string[],
  data?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<GrpcurlResult> {
  const given = data === undefined ? [] : ["-d", JSON.stringify(data)];
  const sent = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const args = ["-plaintext", ...sent, ...given, address, ...words];
  return new Promise((resolve) => {
    execFile(grpcurl, args, { timeout: answerMsMax }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : Number(error.code ?? 1);
      resolve({ exitCode, stdout, stderr });
    });
  });
}
