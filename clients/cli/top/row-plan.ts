// How many lines of the screen each part of the live view gets. The leases get what is left: they are what one scrolls.

/** How many lines each part could use. */
export interface RowWishes {
  /** A heading and a line for each pool. */
  readonly pools: number;
  /** A line more for each block. */
  readonly blocks: number;
  readonly problems: number;
  /** A heading, and a line for each event. */
  readonly events: number;
}

export interface RowPlan {
  readonly pools: number;
  readonly withBlocks: boolean;
  readonly problems: number;
  readonly leases: number;
  readonly events: number;
  /** Empty lines between the parts. */
  readonly gap: 0 | 1;
}

/** The two lines at the top and the one at the bottom. */
const frameRows = 3;
/** From so many rows on there is space for air between the parts. */
const airyRows = 24;
/** From so many rows on events are worth what they take from the leases. */
const eventRows = 16;

/** `rows` of 1 or more; parts that get 0 lines are left out. */
export function planRows(rows: number, wishes: RowWishes): RowPlan {
  const body = Math.max(0, rows - frameRows);
  const gap = rows >= airyRows ? 1 : 0;
  const problems = Math.min(wishes.problems, Math.max(1, Math.floor(body / 5)), body);
  const poolsMax = Math.max(2, Math.floor(body / 3));
  const withBlocks = wishes.pools + wishes.blocks <= poolsMax;
  const pools = Math.min(
    wishes.pools + (withBlocks ? wishes.blocks : 0),
    poolsMax,
    body - problems,
  );
  const events = rows < eventRows ? 0 : Math.min(wishes.events, Math.floor(body / 4));
  // Each part that is there has one above it; the leases always are.
  const gaps = gap * (1 + [problems, pools, events].filter((count) => count > 0).length);
  const leases = Math.max(0, body - problems - pools - events - gaps);
  return { pools, withBlocks, problems, leases, events, gap };
}
