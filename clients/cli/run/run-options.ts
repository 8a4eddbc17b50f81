// What the command line of `portlease run` says.

import type { LeaseProtocol } from "@portlease/client";
import type { ConnectionOptions } from "../broker-options.js";
import type { AskedVariable } from "./child-environment.js";
import type { HandoverChoice } from "./choose-handover.js";
import type { LossAction } from "./loss-watch.js";
import type { NamedWish } from "./named-wish.js";
import type { ProxyFlags } from "./proxy/proxy-options.js";
import type { RestartPolicy } from "./restart-policy.js";

/** The program as it was named on the command line. */
export interface RunProgram {
  readonly name: string;
  /** See templates.ts. */
  readonly args: readonly string[];
}

export interface RunOptions extends ConnectionOptions, ProxyFlags {
  readonly service?: string;
  readonly instance?: string;
  readonly pool?: string;
  readonly protocol?: LeaseProtocol;
  readonly count: number;
  readonly port?: number;
  readonly must?: boolean;
  /** Several leases instead of one. */
  readonly lease?: readonly NamedWish[];
  readonly ttl?: number;
  readonly bindWithin?: number;
  readonly maxWait?: number;
  readonly bind?: string;
  readonly handover: HandoverChoice;
  readonly env?: readonly AskedVariable[];
  readonly restart: RestartPolicy;
  readonly onLost: LossAction;
  readonly waitBroker: number;
}
