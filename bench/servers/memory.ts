// How much JavaScript's heap has in it when all that is garbage is out.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What --expose-gc gives a program, without having been started with it: https://nodejs.org/api/v8.html#v8setflagsfromstringflags */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

const collectGarbage = collector();

export interface Memory {
  /** Objects, and what is outside of the heap for them. */
  readonly objectBytes: number;
  readonly residentBytes: number;
}

/** Takes about a second for a gigabyte. */
export function measureMemory(): Memory {
  // What only finalizers let go is gone after the second time.
  collectGarbage();
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { objectBytes: heapUsed + external, residentBytes: rss };
}
