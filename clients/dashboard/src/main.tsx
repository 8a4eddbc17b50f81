// Opens the dashboard in the page.

import { render } from "preact";
import { DashboardProvider, openDashboard } from "./app/dashboard.js";
import { App } from "./views/app.js";

const root = document.getElementById("app");
if (root !== null) {
  const dashboard = openDashboard(location.origin);
  render(
    <DashboardProvider value={dashboard}>
      <App />
    </DashboardProvider>,
    root,
  );
}
