// Preloaded into a broker (node --import): what it sends to its store's thread arrives late, as with a slow disk. On a fast
// disk less than a millisecond lies between an answer and a write that came too late for it, and hardly a kill falls there.

import { Worker } from "node:worker_threads";

const slowMs = 40;

const post = Reflect.get(Worker.prototype, "postMessage");
let told = false;

// Timers of one length keep their order.
Worker.prototype.postMessage = function (this: Worker, ...message): void {
  setTimeout(() => post.apply(this, message), slowMs);
  // So that a test can tell that it works.
  if (!told) process.stderr.write("the store is slow\n");
  told = true;
};
