// Gives back what the global set-up leased.

export default function tearDown() {
  return globalThis.leaseClient.close();
}
