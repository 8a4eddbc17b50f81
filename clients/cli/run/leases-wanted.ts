// Which leases a program is to have: one of `--count` consecutive ports, or one for each `--lease`.

import type { AcquireOptions } from "@portlease/client";
import { usageFailure } from "../cli-failure.js";
import type { NamedWish } from "./named-wish.js";
import type { ProgramPort } from "./program-ports.js";
import type { RunOptions } from "./run-options.js";

export interface LeaseWish {
  /** From `--lease`; `null` without. */
  readonly name: string | null;
  readonly acquire: AcquireOptions;
}

/** In the order of the command line; at least one. Throws CliFailure for options that contradict each other. */
export function leasesWanted(options: RunOptions, service: string): readonly LeaseWish[] {
  const common: AcquireOptions = {
    service,
    ...(options.ttl === undefined ? {} : { ttlMs: options.ttl }),
    ...(options.bindWithin === undefined ? {} : { bindWithinMs: options.bindWithin }),
    ...(options.maxWait === undefined ? {} : { maxWaitMs: options.maxWait }),
  };
  const { instance, pool, protocol, port, must, count, lease: named } = options;
  const one = {
    ...common,
    ...(instance === undefined ? {} : { instance }),
    ...placeOf({ pool, protocol, port, must }),
    portCount: count,
  };
  if (named === undefined) return [{ name: null, acquire: one }];
  if (count !== 1 || port !== undefined || must === true) {
    throw usageFailure(
      "--count, --port and --must are for one lease; say it in each --lease, such as --lease http=port:8080,must",
    );
  }
  return named.map((wish) => ({
    name: wish.name,
    acquire: {
      ...common,
      instance: instanceOf(instance, wish),
      ...placeOf({ pool, protocol, ...wish }),
      portCount: 1,
    },
  }));
}

/** The ports with numbers that nobody has yet, so that templates can be checked before anything is leased. */
export function portsWanted(wishes: readonly LeaseWish[]): readonly ProgramPort[] {
  return wishes.flatMap(({ name, acquire }) =>
    Array.from({ length: acquire.portCount ?? 1 }, () => ({ name, port: 0 })),
  );
}

/** Each has an instance of its own: service and instance together are the key by which a port is found again. */
function instanceOf(instance: string | undefined, { name }: NamedWish): string {
  return instance === undefined ? name : `${instance}/${name}`;
}

function placeOf({
  pool,
  protocol,
  port,
  must,
}: Partial<Record<keyof NamedWish, unknown>> & {
  readonly pool?: string | undefined;
  readonly protocol?: NamedWish["protocol"] | undefined;
  readonly port?: number | undefined;
  readonly must?: boolean | undefined;
}): AcquireOptions {
  if (must === true && port === undefined) {
    throw usageFailure(
      "must does not say which port: add --port, or port:<n> where it is a wish of --lease",
    );
  }
  return {
    preferredPortMode: must === true ? "must" : "prefer",
    ...(pool === undefined ? {} : { pool }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(port === undefined ? {} : { preferredPort: port }),
  };
}
