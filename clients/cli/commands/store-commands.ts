// portlease store: looks after the data of a broker that is not running. Each command has a file of its own.

import type { Command } from "commander";
import type { Output } from "../output.js";
import type { SetExitCode } from "./serve.js";
import { addStoreCheck } from "./store-check.js";
import { addStoreExport } from "./store-export.js";
import { addStoreImport } from "./store-import.js";
import { addStoreRepair } from "./store-repair.js";

export function addStore(program: Command, output: Output, setExitCode: SetExitCode): void {
  const store = program
    .command("store")
    .description("look after the data of a broker that is not running");
  addStoreCheck(store, output, setExitCode);
  addStoreRepair(store, output, setExitCode);
  addStoreExport(store, output);
  addStoreImport(store, output);
}
