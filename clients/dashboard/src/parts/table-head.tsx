// The head of a table whose columns sort. Narrow screens get fewer columns.

import type { VNode } from "preact";
import { nextOrder, type TableOrder } from "../model/table-order.js";

export interface Column {
  readonly label: string;
  /** The field to sort by; `null`: it cannot be sorted by. */
  readonly field: string | null;
  /** Below which width of the page it is left out. */
  readonly from: "always" | "medium" | "wide";
}

export interface TableHeadProps {
  readonly columns: readonly Column[];
  readonly orderBy: TableOrder;
  readonly onSort: (orderBy: TableOrder) => void;
}

export function TableHead({ columns, orderBy, onSort }: TableHeadProps): VNode {
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <HeadCell key={column.label} column={column} orderBy={orderBy} onSort={onSort} />
        ))}
      </tr>
    </thead>
  );
}

interface HeadCellProps extends Omit<TableHeadProps, "columns"> {
  readonly column: Column;
}

function HeadCell({ column: { label, field, from }, orderBy, onSort }: HeadCellProps): VNode {
  if (field === null)
    return (
      <th scope="col" class={`from-${from}`}>
        {label}
      </th>
    );
  const isAscending = orderBy === field;
  const isDescending = orderBy === `${field} desc`;
  const sort = isAscending ? "ascending" : isDescending ? "descending" : "none";
  return (
    <th scope="col" class={`from-${from}`} aria-sort={sort}>
      <button type="button" class="sort" onClick={() => onSort(nextOrder(orderBy, field))}>
        {label}
        <span class={`sort-sign sort-${sort}`} aria-hidden="true" />
      </button>
    </th>
  );
}
