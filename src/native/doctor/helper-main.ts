// The doctor's other process: makes the calls that it reads from stdin and writes the answers to stdout. Ends when stdin does.

import { createInterface } from "node:readline";
import type { HelperAnswer, HelperCall } from "./helper-protocol.js";
import { openProbe } from "./index.js";
import type { Probe } from "./probe.js";

async function answerTo(probe: Probe, line: string): Promise<HelperAnswer> {
  try {
    const { call, args } = JSON.parse(line) as HelperCall;
    const method = probe[call] as (...values: readonly unknown[]) => Promise<unknown>;
    return { value: (await method.apply(probe, [...args])) ?? null, error: null };
  } catch (error) {
    return { value: null, error: String(error) };
  }
}

function write(answer: HelperAnswer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

// An interrupt from the keyboard goes to both processes; the doctor ends this one when it has cleaned up.
process.on("SIGINT", () => undefined);
const probe = openProbe();
write({ value: probe.processId, error: null });
for await (const line of createInterface({ input: process.stdin })) {
  write(await answerTo(probe, line));
}
process.exit(0);
