// A server of somebody else that is measured beside the broker, where it is installed.

import type { ProgramName } from "../servers/programs.js";
import type { Server } from "../rows/cells.js";

export interface Peer extends Server {
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export interface PeerKind {
  /** What must be installed. */
  readonly program: ProgramName;
  /** A new one for each cell: what it has given out it does not take back. */
  readonly perCell: boolean;
  /** `core` is `null` for no pinning. */
  start(core: number | null): Promise<Peer>;
}
