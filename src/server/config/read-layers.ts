// Reads the layers of a configuration: flags before environment before file. Each is checked by itself here, for any kind of server;
// what must fit together is for whoever puts them together.

import type { ConfigProblem, SettingSource } from "./config-error.js";
import { type ConfigFile, readConfig } from "./config-file.js";
import type { ConfigWorld } from "./config-world.js";
import { absolutePath } from "./default-directories.js";
import { misspeltVariables, settingsFromEnvironment, settingsFromFlags } from "./given-settings.js";
import { checkLayer, type SettingsForm, type SettingsLayer } from "./settings-layer.js";
import type { SettingsTable } from "./settings-table.js";

export interface ConfigFlags {
  /** --config. */
  readonly configFile: string | null;
  /** The other flags by their name, such as "--listen"; those that were not given are absent. */
  readonly values: Readonly<Record<string, string>>;
}

/** What a server lets be set, and where. */
export interface ConfigForm<Form> extends SettingsForm<Form> {
  readonly table: SettingsTable;
  /** The name of its file in well-known places. */
  readonly fileName: string;
}

export interface ReadLayers<Form> {
  /** The first one that has a value wins. */
  readonly layers: readonly SettingsLayer<Form>[];
  readonly problems: readonly ConfigProblem[];
  /** The configuration file in force; `null` when there is none. */
  readonly file: ConfigFile | null;
}

export function readLayers<Form>(
  form: ConfigForm<Form>,
  flags: ConfigFlags,
  world: ConfigWorld,
): ReadLayers<Form> {
  const { table, fileName } = form;
  const fileRead = readConfig(askedFile(table, flags, world), fileName, world);
  const file = fileRead.state === "read" ? fileRead.file : null;
  const flagSettings = settingsFromFlags(table, flags.values);
  const environmentSettings = settingsFromEnvironment(table, world.environment);
  const checked = [
    checkLayer(flagSettings.raw, flagSettings.sourceOf, form),
    checkLayer(environmentSettings.raw, environmentSettings.sourceOf, form),
    checkLayer(file?.content, file?.sourceOf ?? (() => ({ kind: "default" })), form),
  ];
  return {
    layers: checked.map(({ layer }) => layer),
    problems: [
      ...(fileRead.state === "failed" ? [fileRead.problem] : []),
      ...checked.flatMap(({ problems }) => problems),
      ...misspeltVariables(table, world.environment),
    ],
    file,
  };
}

function askedFile(
  { configVariable }: SettingsTable,
  flags: ConfigFlags,
  world: ConfigWorld,
): { readonly path: string; readonly source: SettingSource } | null {
  const variable = world.environment[configVariable] || null;
  const path = flags.configFile ?? variable;
  if (path === null) return null;
  const source: SettingSource =
    flags.configFile === null
      ? { kind: "environment", variable: configVariable }
      : { kind: "flag", flag: "--config" };
  return { path: absolutePath(path, world.currentDirectory, world), source };
}
