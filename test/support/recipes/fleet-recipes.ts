// The jobs of operators as calls of a fleet server.

import type { Chapter } from "./grpcurl-recipes.js";

export const fleet: Chapter = {
  title: "The fleet",
  recipes: [
    {
      title: "See how the fleet is doing",
      text: "A fleet server answers these, not a broker ([fleet.md](fleet.md)).",
      method: "FleetService/GetFleet",
    },
    {
      title: "List the fullest hosts",
      method: "FleetService/ListHosts",
      data: { orderBy: "utilisation desc", pageSize: 5 },
    },
    {
      title: "List the hosts that are not heard from",
      method: "FleetService/ListHosts",
      data: { filter: "state = not-heard-from" },
    },
    {
      title: "Show one host",
      method: "FleetService/GetHost",
      data: { hostId: "HOST_ID" },
    },
    {
      title: "List who has a port, on all hosts",
      method: "FleetService/ListFleetLeases",
      data: { filter: "port = 20417" },
    },
    {
      title: "Find where a service runs",
      method: "FleetService/FindService",
      data: { service: "orders", labels: { zone: "a" } },
    },
    {
      title: "List what is wrong in the fleet, the worst first",
      method: "FleetService/ListProblems",
      data: { minSeverity: "SEVERITY_WARNING" },
    },
    {
      title: "Watch the fleet live",
      text: "Everything first, then once a second what has changed.",
      method: "FleetService/WatchFleet",
      data: { interval: "1s", leases: true, leaseFilter: 'service = "orders"' },
      endless: true,
    },
    {
      title: "Forget a host that is gone for good",
      method: "FleetService/ForgetHost",
      data: { hostId: "HOST_ID" },
      admin: true,
      refusedElsewhere: "HOSTS_ARE_GIVEN",
    },
  ],
};
