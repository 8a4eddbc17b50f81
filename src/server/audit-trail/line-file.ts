// A private file to which lines are added, and which is put aside when it is full: audit.log, audit.log.1, audit.log.2 and so on,
// the highest number the oldest. Opened anew for each batch, so that others may move it away at any time, as logrotate does.

import { constants } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";

export interface LineFileOptions {
  /** Absolute. Its folder must be there. */
  readonly path: string;
  /** A file is put aside before it would be larger. One batch that is larger gets a file of its own. */
  readonly bytesMax: number;
  /** How many are kept, the one that is written to among them; 2 or more. */
  readonly filesMax: number;
}

const ownerOnly = 0o600;
const writableByOthers = 0o022;
/** Following a link would let who may make one choose what is written to. Not on Windows, whose folders are private. */
const noFollow = process.platform === "win32" ? 0 : constants.O_NOFOLLOW;
const openFlags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | noFollow;
const newline = "\n".charCodeAt(0);

export class LineFile {
  #options: LineFileOptions;

  constructor(options: LineFileOptions) {
    this.#options = options;
  }

  /** For lines from now on. */
  limit(limits: Omit<LineFileOptions, "path">): void {
    this.#options = { ...this.#options, ...limits };
  }

  /**
   * Adds whole lines, each with its line end; one call at a time. With `durable` they are on disk when it resolves, else they are
   * with the operating system. Rejects with the file system's error, or an Error that says who else may write; what was written of
   * the lines is cut off from later ones then.
   */
  async append(lines: string, durable: boolean): Promise<void> {
    const bytes = Buffer.from(lines);
    let file = await this.#open();
    try {
      const { size } = await file.stat();
      if (size > 0 && size + bytes.length > this.#options.bytesMax) {
        await file.close();
        await this.#putAside();
        file = await this.#open();
      }
      if (!(await endsWithLine(file))) await file.appendFile("\n");
      await file.appendFile(bytes);
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Looks at the very file that was opened: nothing is won by exchanging it after the check. */
  async #open(): Promise<FileHandle> {
    const { path } = this.#options;
    const file = await open(path, openFlags, ownerOnly);
    try {
      const { mode, uid } = await file.stat();
      if (process.platform === "win32") return file;
      if (uid !== 0 && uid !== process.geteuid?.()) {
        throw new Error(`user ${uid} owns ${path}, and could change what is in it; chown it`);
      }
      if ((mode & writableByOthers) !== 0) {
        throw new Error(`others may write to ${path}; run "chmod 600 ${path}"`);
      }
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async #putAside(): Promise<void> {
    const { path, filesMax } = this.#options;
    const named = (number: number): string => (number === 0 ? path : `${path}.${number}`);
    // Those that an earlier configuration kept.
    for (let number = filesMax; await exists(named(number)); number += 1) await rm(named(number));
    // Only up to the first gap. An attempt that failed half-way leaves one, as when the first file is open on Windows or may only
    // be added to: each further attempt would cost the oldest file otherwise.
    let free = 1;
    while (free < filesMax - 1 && (await exists(named(free)))) free += 1;
    for (let number = free - 1; number >= 0; number -= 1) {
      if (await exists(named(number))) await rename(named(number), named(number + 1));
    }
  }
}

/** A write that failed half-way, as on a full disk, leaves a part of a line. */
async function endsWithLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  return last[0] === newline;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
