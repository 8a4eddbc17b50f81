// The handlers of the configuration: what counts and where it comes from, and reading it again.

import type { AdminServiceServer } from "@portlease/proto/portlease/v1/admin_service.js";
import type { Log } from "../log.js";
import type { EffectiveConfig } from "../reload/effective-config.js";
import type { ReloadReport } from "../reload/reloader.js";
import { unary } from "./handler.js";

export interface ConfigCalls {
  /** As it counts now. */
  readonly effective: () => EffectiveConfig;
  /** Rejects with BrokerError. `by`: who asks, for the log. */
  readonly reload: (validateOnly: boolean, by: string) => Promise<ReloadReport>;
}

export function configHandlers(
  { effective, reload }: ConfigCalls,
  log: Log,
): Pick<AdminServiceServer, "getConfig" | "reloadConfig"> {
  return {
    getConfig: unary(log, "GetConfig", () => {
      const { config, sources } = effective();
      return { config: { ...config }, sources: { ...sources } };
    }),
    reloadConfig: unary(log, "ReloadConfig", async ({ validateOnly }, { caller }) => {
      const { applied, needsRestart, failed } = await reload(validateOnly, caller);
      return { applied: [...applied], needsRestart: [...needsRestart], failed: [...failed] };
    }),
  };
}
