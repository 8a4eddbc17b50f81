// Loaded into a broker that is measured (node --import): says over the channel to the benchmark how late its event loop was, and
// how much is on its heap. The broker knows nothing of it, and is configured no differently.

import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

export type ProbeQuestion = "forget" | "loop" | "heap";

export interface ProbeAnswer {
  readonly question: ProbeQuestion;
  /** "loop": how late the loop was at most in 99 of 100 cases, in ms. "heap": bytes of objects and what is outside for them. */
  readonly value: number;
}

/** https://nodejs.org/api/perf_hooks.html#perf_hooksmonitoreventloopdelayoptions: delays include the resolution itself. */
const resolutionMs = 1;

function answerQuestions(send: (answer: ProbeAnswer) => void): void {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  process.on("message", (question: ProbeQuestion) => {
    switch (question) {
      case "forget":
        delays.reset();
        return;
      case "loop": {
        const p99Ms = delays.percentile(99) / 1e6;
        send({ question, value: Number.isFinite(p99Ms) ? p99Ms : 0 });
        return;
      }
      case "heap":
        void heapBytes().then((value) => send({ question, value }));
        return;
    }
  });
  // A broker that has nothing more to do ends.
  process.channel?.unref();
}

async function heapBytes(): Promise<number> {
  // Only who is asked for it gets a collector.
  const { measureMemory } = await import("./memory.js");
  return measureMemory().objectBytes;
}

// Threads are started with the options of the process.
if (isMainThread && process.send !== undefined) {
  const send = process.send.bind(process);
  answerQuestions((answer) => void send(answer));
}
