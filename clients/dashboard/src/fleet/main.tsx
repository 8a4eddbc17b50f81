// Opens the dashboard of the fleet in the page.

import { render } from "preact";
import { PageProvider } from "../app/page.js";
import { FleetProvider, openFleetDashboard } from "./app/fleet-dashboard.js";
import { FleetApp } from "./views/fleet-app.js";

const root = document.getElementById("app");
if (root !== null) {
  const fleet = openFleetDashboard(location.origin);
  render(
    <PageProvider value={fleet}>
      <FleetProvider value={fleet}>
        <FleetApp />
      </FleetProvider>
    </PageProvider>,
    root,
  );
}
