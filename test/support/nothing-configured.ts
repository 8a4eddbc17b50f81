// For services of which the configuration is not what is tested.

import type { ConfigCalls } from "#server/grpc/config-calls.js";

export const nothingConfigured: ConfigCalls = {
  effective: () => {
    throw new Error("nothing is configured here");
  },
  reload: () => Promise.reject(new Error("nothing is reloaded here")),
};
