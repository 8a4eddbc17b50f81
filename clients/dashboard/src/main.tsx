// Opens the dashboard of a host in the page.

import { render } from "preact";
import { DashboardProvider, openDashboard } from "./app/dashboard.js";
import { PageProvider } from "./app/page.js";
import { App } from "./views/app.js";

const root = document.getElementById("app");
if (root !== null) {
  const dashboard = openDashboard(location.origin);
  render(
    <PageProvider value={dashboard}>
      <DashboardProvider value={dashboard}>
        <App />
      </DashboardProvider>
    </PageProvider>,
    root,
  );
}
