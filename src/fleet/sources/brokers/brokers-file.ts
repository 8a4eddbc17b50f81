// The list of brokers in a YAML file, read again when it changes. A file that cannot be used any more leaves the list as it was.

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { lookEveryMs, markOf } from "../../../server/access/file-watch.js";
import type { Pacing } from "../pacing.js";
import type { BrokerList, BrokerListListener } from "./broker-list.js";
import {
  type BrokerDefaults,
  BrokerListError,
  type BrokerTarget,
  checkedList,
} from "./broker-target.js";

/** Above 200 brokers with five long paths each. */
const fileBytesMax = 1_048_576;

const file = z.string().min(1).optional();
const files = { tokenFile: file, caFile: file, certFile: file, keyFile: file };
const schema = z.strictObject({
  brokers: z.array(
    z.strictObject({ address: z.string(), name: z.string().min(1).max(253).optional(), ...files }),
  ),
  ...files,
});

type Files = Partial<Record<keyof BrokerDefaults, string | undefined>>;

/**
 * Each broker has what it says, else what the file says for all, else the defaults. Paths are relative to the file's folder. Throws
 * BrokerListError.
 */
export function readBrokersFile(path: string, defaults: BrokerDefaults): readonly BrokerTarget[] {
  const content = schema.safeParse(contentOf(path));
  if (!content.success) {
    const [issue] = content.error.issues;
    const where = issue?.path.join(".") || "the whole";
    throw new BrokerListError(`${where} does not fit: ${issue?.message ?? "it is no list"}`);
  }
  const { brokers, ...common } = content.data;
  const folder = dirname(path);
  const ofFile = withPaths(common, folder, defaults);
  return checkedList(
    brokers.map(({ address, name, ...own }) => ({
      address,
      name: name ?? null,
      ...withPaths(own, folder, ofFile),
    })),
  );
}

export class BrokersFile implements BrokerList {
  readonly name: string;
  readonly #path: string;
  readonly #defaults: BrokerDefaults;
  readonly #pacing: Pacing;

  constructor(path: string, defaults: BrokerDefaults, pacing: Pacing) {
    this.name = `the file ${path}`;
    this.#path = path;
    this.#defaults = defaults;
    this.#pacing = pacing;
  }

  async follow(listener: BrokerListListener, signal: AbortSignal): Promise<void> {
    let read: string | null = null;
    while (!signal.aborted) {
      // Before it is read, so that what is written meanwhile is seen the next time.
      const mark = markOf([this.#path]);
      if (mark !== read) this.#tell(listener);
      read = mark;
      await this.#pacing.pause(lookEveryMs, signal);
    }
  }

  #tell(listener: BrokerListListener): void {
    let brokers: readonly BrokerTarget[];
    try {
      brokers = readBrokersFile(this.#path, this.#defaults);
    } catch (error) {
      if (!(error instanceof BrokerListError)) throw error;
      listener.failed(error.message);
      return;
    }
    listener.changed(brokers);
  }
}

function contentOf(path: string): unknown {
  try {
    const bytes = readFileSync(path);
    if (bytes.byteLength > fileBytesMax) {
      throw new RangeError(`it has ${bytes.byteLength} bytes, and lists have at most 1 MiB`);
    }
    return parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes), { prettyErrors: false });
  } catch (error) {
    const why = (error as Error).message;
    throw new BrokerListError(`it cannot be read: ${why}`, { cause: error });
  }
}

function withPaths(given: Files, folder: string, otherwise: BrokerDefaults): BrokerDefaults {
  const pathOf = (name: keyof BrokerDefaults): string | null => {
    const path = given[name];
    if (path === undefined) return otherwise[name];
    return name === "caFile" && path === "system" ? path : resolve(folder, path);
  };
  return {
    tokenFile: pathOf("tokenFile"),
    caFile: pathOf("caFile"),
    certFile: pathOf("certFile"),
    keyFile: pathOf("keyFile"),
  };
}
