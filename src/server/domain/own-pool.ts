// The name under which the broker's own ports are recorded. No pool can have it: the names of pools have no colon.

export const ownPool = "broker:own";
