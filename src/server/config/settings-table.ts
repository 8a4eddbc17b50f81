// What a table of settings is: those that can be given by flag or environment variable, with their path in the file.

export interface Setting {
  /** The path in the configuration file; "pools.default." stands for the entry of the pool "default". */
  readonly path: string;
  readonly variable: string;
  readonly flag: string;
  /** What the value looks like, for --help. */
  readonly placeholder: string;
  readonly description: string;
  /** number: a text of digits is one. list: a comma stands between its entries, and the flag may be given several times. */
  readonly form: "text" | "number" | "list";
}

export interface SettingsTable {
  readonly settings: readonly Setting[];
  /** What their variables begin with, such as "PORTLEASE_". */
  readonly prefix: string;
  /** The variable that names the configuration file; its flag is --config. */
  readonly configVariable: string;
  /** Variables with the prefix that the server does not read. */
  readonly foreignVariables: readonly string[];
  /** Beginnings of such. */
  readonly foreignPrefixes: readonly string[];
}

export type MakeSetting = (
  path: string,
  /** The flag without its dashes. */
  name: string,
  placeholder: string,
  description: string,
  form?: Setting["form"],
) => Setting;

export function settingsWith(prefix: string): MakeSetting {
  return (path, name, placeholder, description, form = "text") => {
    const variable = `${prefix}${name.toUpperCase().replaceAll("-", "_")}`;
    return { path, variable, flag: `--${name}`, placeholder, description, form };
  };
}
