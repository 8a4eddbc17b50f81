// Where the checkout is that the compiled tests belong to.

import { fileURLToPath } from "node:url";

/** Compiled to .build/test/support, three folders below the root. */
export const repositoryRoot = fileURLToPath(new URL("../../..", import.meta.url));
