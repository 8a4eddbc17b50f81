// Waits for what Node's servers and datagram sockets say when they were given a handle: "listening", or "error".

import type { EventEmitter } from "node:events";

/** Calls `start` and resolves at "listening". Rejects with the error, or with what `start` threw. Leaves no listener behind. */
export function untilListening(emitter: EventEmitter, start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      emitter.off("listening", onListening);
      emitter.off("error", onError);
    };
    const onListening = (): void => {
      settle();
      resolve();
    };
    const onError = (error: Error): void => {
      settle();
      reject(error);
    };
    emitter.on("listening", onListening);
    emitter.on("error", onError);
    try {
      start();
    } catch (error) {
      settle();
      throw error;
    }
  });
}
