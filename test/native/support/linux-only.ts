// Real sockets of this host are tested on Linux only; elsewhere such suites show as pending, with the reason.

import { canIsolate } from "./other-process.js";

export function describeOnLinux(title: string, suite: (this: Mocha.Suite) => void): void {
  if (process.platform === "linux") describe(title, suite);
  else describe.skip(`${title} (needs Linux; run the tests there or in a Linux container)`, suite);
}

/** For tests that start a process as another user. */
export function itAsRoot(title: string, test: () => Promise<void>): void {
  if (process.geteuid?.() === 0) it(title, test);
  else it.skip(`${title} (needs root to start a process as another user: sudo npm test)`, test);
}

/** For tests that need thousands of ports, which no test may take from others. */
export function itIsolated(title: string, test: () => Promise<void>): void {
  if (canIsolate()) it(title, test);
  else it.skip(`${title} (needs unshare with user namespaces: apt install util-linux)`, test);
}
