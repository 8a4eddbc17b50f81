// See namespace/requests.ts. PORTLEASE_FUZZ_CALLS says how many calls; PORTLEASE_TEST_SEED repeats a run.

import { fileURLToPath } from "node:url";
import { itInNamespace } from "../support/network-namespace.js";

describe("Arbitrary messages", () => {
  const file = fileURLToPath(new URL("namespace/requests.js", import.meta.url));
  itInNamespace("do no harm to a broker", file, 600_000);
});
