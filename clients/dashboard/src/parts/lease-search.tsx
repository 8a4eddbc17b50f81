// Asks which leases to show. What is typed counts after a short rest, or at once with Enter.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useDashboard } from "../app/dashboard.js";
import { leaseConditions } from "../model/lease-filter.js";
import type { LeaseTableQuery } from "../model/lease-query.js";
import { SearchIcon } from "./icons.js";

/** Between two keys of somebody who types. */
const restMs = 350;

export interface LeaseSearchProps {
  readonly query: LeaseTableQuery;
  readonly onChange: (query: LeaseTableQuery) => void;
}

export function LeaseSearch({ query, onChange }: LeaseSearchProps): VNode {
  const { live } = useDashboard();
  const { pools } = live.state.value;
  const [typed, setTyped] = useState(query.search);
  useEffect(() => setTyped(query.search), [query.search]);
  useEffect(() => {
    if (typed === query.search) return undefined;
    const timer = setTimeout(() => onChange({ ...query, search: typed }), restMs);
    return () => clearTimeout(timer);
  }, [typed, query.search]);
  const submit = (event: Event): void => {
    event.preventDefault();
    onChange({ ...query, search: typed });
  };
  return (
    <form class="lease-search" role="search" onSubmit={submit}>
      <label class="search-field">
        <span class="visually-hidden">
          Search by service, instance or port, or filter expression
        </span>
        <SearchIcon />
        <input
          type="search"
          class="input"
          placeholder={'orders, 20417, or port >= 20400 AND labels.zone = "a"'}
          spellcheck={false}
          autocomplete="off"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
      <label class="inline-field">
        <span>State</span>
        <select
          class="input"
          value={query.condition}
          onChange={(event) => onChange({ ...query, condition: event.currentTarget.value })}
        >
          <option value="">all</option>
          {leaseConditions.map(({ key, label }) => (
            <option key={key} value={key}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {(pools.length > 1 || query.pool !== "") && (
        <label class="inline-field">
          <span>Pool</span>
          <select
            class="input"
            value={query.pool}
            onChange={(event) => onChange({ ...query, pool: event.currentTarget.value })}
          >
            <option value="">all</option>
            {pools.map(({ pool }) => (
              <option key={pool} value={pool}>
                {pool}
              </option>
            ))}
          </select>
        </label>
      )}
    </form>
  );
}
