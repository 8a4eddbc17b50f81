// Tests of what not every system has, such as mode bits or /proc. Elsewhere they do not exist, rather than stay pending for ever.

export function itOnPosix(title: string, test: Mocha.AsyncFunc): void {
  if (process.platform !== "win32") it(title, test);
}

export function itOnLinux(title: string, test: Mocha.AsyncFunc): void {
  if (process.platform === "linux") it(title, test);
}
