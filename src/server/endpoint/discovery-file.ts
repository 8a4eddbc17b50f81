// The file that tells programs of this host where its broker listens now. Not a secret, and not proof of anything: whoever
// connects learns who is there from the connection. With two brokers on one host the last one wins.

import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** The content, as JSON. Programs must ignore fields that they do not know. */
export interface Discovery {
  readonly version: string;
  /** What to connect to, the best first: host:port, or unix: and a path (on Windows that of a named pipe). */
  readonly addresses: readonly string[];
  /** Whether host:port addresses want TLS; local sockets never do. */
  readonly tls: boolean;
  /** Where browsers find the dashboard, such as "http://127.0.0.1:7601/"; `null`: nowhere. */
  readonly http: string | null;
  readonly processId: number;
  /** ISO 8601. With the process id it tells one broker from the next. */
  readonly startTime: string;
}

const readableByAll = 0o644;

export class DiscoveryFile {
  readonly #path: string;
  #written: Discovery | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** Whoever reads it sees the old file or the new one, never a part. Throws the file system's error. */
  write(discovery: Discovery): void {
    const temporary = `${this.#path}.${discovery.processId}`;
    mkdirSync(dirname(this.#path), { recursive: true });
    try {
      writeFileSync(temporary, `${JSON.stringify(discovery, null, 2)}\n`);
      // Whatever the umask of a service is, others must be able to read it.
      chmodSync(temporary, readableByAll);
      renameSync(temporary, this.#path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    this.#written = discovery;
  }

  /** Removes what this object wrote; a no-op when it wrote nothing, or another broker wrote its own since. */
  remove(): void {
    const written = this.#written;
    this.#written = null;
    if (written === null) return;
    const found = readDiscovery(this.#path);
    const ours = found?.processId === written.processId && found.startTime === written.startTime;
    if (ours) rmSync(this.#path, { force: true });
  }
}

/** `null` when there is no such file, or it is none of ours. */
export function readDiscovery(path: string): Partial<Discovery> | null {
  try {
    const content: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof content === "object" && content !== null ? content : null;
  } catch {
    return null;
  }
}
