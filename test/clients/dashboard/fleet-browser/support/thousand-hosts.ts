// The fleet of the browser suites: a thousand hosts of about two hundred leases, some of which are not heard from, or stopped.

export const thousandHosts = {
  hostCount: 1_000,
  leasesPerHost: 200,
  silentShare: 0.02,
  stoppedShare: 0.01,
};
