// Puts layers of settings together: the first layer that has a value gives it. Records where each value came from.

import type { SettingSource } from "./config-error.js";
import type { SettingsLayer } from "./settings-layer.js";

/** By the value's path, such as "log.level" or "pools.default.ttl.min". Every value has an entry. */
export type SettingSources = ReadonlyMap<string, SettingSource>;

/** Gives the value of the first layer that has it, and notes where it came from; `undefined`: none has it, so its default counts. */
export type Choose<Form> = <T>(
  path: string,
  read: (settings: Form) => T | undefined,
) => T | undefined;

/** `layers` are ordered: the first one that has a value wins. `sources` gets where it was. */
export function chooseFrom<Form>(
  layers: readonly SettingsLayer<Form>[],
  sources: Map<string, SettingSource>,
): Choose<Form> {
  return (path, read) => {
    for (const { settings, sourceOf } of layers) {
      const value = read(settings);
      if (value === undefined) continue;
      sources.set(path, sourceOf(path.split(".")));
      return value;
    }
    sources.set(path, { kind: "default" });
    return undefined;
  };
}
