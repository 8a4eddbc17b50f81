// Decides which SQLite is used: the one built into Node where there is one, else @photostructure/sqlite, which has the same
// API. Nothing else in the product imports either. Declares only the calls that the store makes.

export type SqliteValue = string | number | null;

export interface SqliteStatement {
  run(...parameters: SqliteValue[]): unknown;
  /** `undefined` when there is no row. */
  get(...parameters: SqliteValue[]): unknown;
  all(...parameters: SqliteValue[]): unknown[];
  iterate(...parameters: SqliteValue[]): Iterable<unknown>;
}

export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

export interface SqliteApi {
  /** For the log: where this SQLite comes from. */
  readonly source: "node:sqlite" | "@photostructure/sqlite";
  /** Opens, or creates, a database file. */
  open(path: string): SqliteDatabase;
}

interface SqliteModule {
  readonly DatabaseSync: new (path: string) => SqliteDatabase;
}

/**
 * `node:sqlite` is there without a flag from Node 22.13 on (https://nodejs.org/api/sqlite.html).
 * Its warning "SQLite is an experimental feature" does not reach the terminal.
 */
export async function loadSqliteApi(): Promise<SqliteApi> {
  const builtin = withoutExperimentalWarning(
    () => process.getBuiltinModule("node:sqlite") as SqliteModule | undefined,
  );
  if (builtin !== undefined) return apiOf("node:sqlite", builtin);
  return apiOf("@photostructure/sqlite", await import("@photostructure/sqlite"));
}

function apiOf(source: SqliteApi["source"], module: SqliteModule): SqliteApi {
  return { source, open: (path) => new module.DatabaseSync(path) };
}

/** Node emits the warning once, synchronously, while it loads the module; other warnings pass. */
function withoutExperimentalWarning<T>(load: () => T): T {
  const emitWarning = Reflect.get(process, "emitWarning") as (...warning: unknown[]) => void;
  Reflect.set(process, "emitWarning", (...warning: unknown[]): void => {
    if (warning[1] !== "ExperimentalWarning") Reflect.apply(emitWarning, process, warning);
  });
  try {
    return load();
  } finally {
    Reflect.set(process, "emitWarning", emitWarning);
  }
}
