// Loads koffi, the library that calls C functions. Which functions is the business of the bindings files, the only users.

import { createRequire } from "node:module";
import type * as Koffi from "koffi";
import { NativeError } from "./native-error.js";

/**
 * Loaded on first use and not at import, so that a platform without koffi can still import this package.
 * Throws UNSUPPORTED where koffi has no build for this machine.
 */
export function loadKoffi(): typeof Koffi {
  try {
    return createRequire(import.meta.url)("koffi") as typeof Koffi;
  } catch (cause) {
    throw new NativeError(
      "UNSUPPORTED",
      `The native library koffi cannot be loaded on ${process.arch} (${String(cause)}). ` +
        "Install the package again with its optional dependencies, and start Node with --allow-addons if it runs with --permission.",
      {},
      { cause },
    );
  }
}
