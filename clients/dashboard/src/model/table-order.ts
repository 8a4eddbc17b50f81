// The order of a table: a field, with " desc" or without.

export type TableOrder = string;

/** Ascending first, then descending. */
export function nextOrder(orderBy: TableOrder, field: string): TableOrder {
  return orderBy === field ? `${field} desc` : field;
}

/** `text` where it is an order by one of the fields, else `usual`. */
export function knownOrder(
  text: string | null,
  fields: readonly string[],
  usual: TableOrder,
): TableOrder {
  const [field = "", direction, ...more] = (text ?? "").split(" ");
  const isKnown =
    fields.includes(field) &&
    (direction === undefined || direction === "desc") &&
    more.length === 0;
  return isKnown && text !== null ? text : usual;
}
