// What a command shows, before anybody knows in which form: lines for people, a document for programs, names for scripts.

import { type Column, tableLines, type TableForm } from "../table.js";

export interface View {
  /** For people. */
  lines(form: TableForm): readonly string[];
  /** For programs: what --json prints. */
  document(): unknown;
  /** What each thing in it is called in other commands. */
  names(): readonly string[];
  /** For people, and no part of the answer: what is left out, and the like. */
  readonly notes: readonly string[];
}

export interface ListView<Row> {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly name: (row: Row) => string;
  readonly document: () => unknown;
  /** Said in place of a table without rows. */
  readonly empty: string;
  /** What else people should know, below the table. */
  readonly below?: readonly string[];
  readonly notes?: readonly string[];
}

/** A table of the rows. */
export function listView<Row>(list: ListView<Row>): View {
  const { rows, columns, name, document, empty, below = [], notes = [] } = list;
  return {
    lines: (form) => {
      const table = rows.length === 0 ? [empty] : tableLines(columns, rows, form);
      return below.length === 0 ? table : [...table, "", ...below];
    },
    document,
    names: () => rows.map(name),
    notes,
  };
}
