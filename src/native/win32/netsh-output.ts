// What netsh prints, read by its shape alone: its words are translated and in the code page of the console, its tables are not.
// Pure; takes the bytes as they came, since digits, dashes, colons and asterisks are the same in every code page of Windows.

import type { ExcludedRange, PortRun } from "../host-ports.js";
import { portMax } from "../port-runs.js";

/** Two numbers, and an asterisk behind administered ranges. */
const rangeLine = /^\s*(\d{1,5})\s+(\d{1,5})\s*(\*)?\s*$/;

/** The line between the head and the rows of a table. */
const ruleLine = /^\s*-{4,}\s+-{4,}\s*$/;

/** Some words, and a number at the end. */
const settingLine = /^\s*[^\d\s].*\D(\d{1,5})\s*$/;

/**
 * `netsh interface ipv4 show excludedportrange`. `null` when there is neither a row nor a table without rows in it: unknown,
 * which is not the same as none.
 */
export function parseExcludedRanges(output: Buffer): readonly ExcludedRange[] | null {
  const lines = linesOf(output);
  const ranges = lines.flatMap((line) => {
    const [, first, last, administered] = rangeLine.exec(line) ?? [];
    const run = runBetween(Number(first), Number(last));
    return run === null ? [] : [{ ...run, administered: administered !== undefined }];
  });
  if (ranges.length === 0 && !lines.some((line) => ruleLine.test(line))) return null;
  return ranges;
}

/** `netsh interface ipv4 show dynamicport`: a start and a count. `null` unless there are exactly those two. */
export function parseDynamicRange(output: Buffer): PortRun | null {
  const numbers = linesOf(output).flatMap((line) => {
    const [, number] = settingLine.exec(line) ?? [];
    return number === undefined ? [] : [Number(number)];
  });
  const [firstPort, portCount, more] = numbers;
  if (firstPort === undefined || portCount === undefined || more !== undefined) return null;
  return runBetween(firstPort, firstPort + portCount - 1);
}

/** `null` for what is no run of ports. */
function runBetween(firstPort: number, lastPort: number): PortRun | null {
  if (!(firstPort >= 1) || !(lastPort >= firstPort) || lastPort > portMax) return null;
  return { firstPort, portCount: lastPort - firstPort + 1 };
}

/**
 * One character per byte. In the double-byte code pages (932, 936, 949, 950) no second byte is below 0x40, so none looks like
 * a digit, a dash, an asterisk or a line end.
 */
function linesOf(output: Buffer): readonly string[] {
  return output.toString("latin1").split(/\r\n|\r|\n/);
}
