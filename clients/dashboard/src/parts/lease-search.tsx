// Asks which leases to show.

import type { VNode } from "preact";
import { useDashboard } from "../app/dashboard.js";
import { leaseConditions } from "../model/lease-filter.js";
import type { LeaseTableQuery } from "../model/lease-query.js";
import { SearchField } from "./search-field.js";

export interface LeaseSearchProps {
  readonly query: LeaseTableQuery;
  readonly onChange: (query: LeaseTableQuery) => void;
}

export function LeaseSearch({ query, onChange }: LeaseSearchProps): VNode {
  const { live } = useDashboard();
  const { pools } = live.state.value;
  return (
    <form class="lease-search" role="search" onSubmit={(event) => event.preventDefault()}>
      <SearchField
        label="Search by service, instance or port, or filter expression"
        placeholder={'orders, 20417, or port >= 20400 AND labels.zone = "a"'}
        value={query.search}
        onChange={(search) => onChange({ ...query, search })}
      />
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
