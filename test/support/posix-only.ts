// Tests of what Windows does not have, such as mode bits. There they do not exist, rather than stay pending for ever.

export function itOnPosix(title: string, test: Mocha.AsyncFunc): void {
  if (process.platform !== "win32") it(title, test);
}
