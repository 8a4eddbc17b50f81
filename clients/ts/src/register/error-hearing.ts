// Whether an application was told of an error by Node itself, so that it is not told twice.

import { errorMonitor, type EventEmitter } from "node:events";

export interface ErrorHearing {
  /** An error was emitted, and the application listened. */
  readonly heard: () => boolean;
  stop(): void;
}

/** While a server is made to listen, src/native/until-listening.ts has one listener of its own, for which no error is unhandled. */
const ownListeners = 1;

export function hearErrors(emitter: EventEmitter): ErrorHearing {
  let heard = false;
  // Before all others are called, so that those added with `once` still count.
  const onError = (): void => {
    heard ||= emitter.listenerCount("error") > ownListeners;
  };
  emitter.on(errorMonitor, onError);
  return { heard: () => heard, stop: () => emitter.off(errorMonitor, onError) };
}
