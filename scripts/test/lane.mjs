// The near end of a lane: starts its process, hands it files, passes on what it prints, and sees to it that it ends.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root, toolEnvironment } from "../prepare.mjs";
import { holdersOf, outputOf } from "../left-open.mjs";

/** All tests have ended by then; whoever still keeps the process alive has forgotten to close something. */
const usualLingerMsMax = 15_000;

/** After the end of a process its output arrives at once. */
const pipesMsMax = 3_000;

export class Lane {
  /** Of the tests that ran to their end. */
  counts = { passed: 0, failed: 0, skipped: 0 };
  /** The title of each test that failed, with the reason, in a line. */
  failures = [];
  isDead = false;
  #child;
  #show;
  #live;
  #exit;
  #closed;
  #output = null;
  #lingerMsMax;
  #chunks = [];
  #answer = null;

  /**
   * `show(chunk, stream)` gets the output: as it comes where `live`, otherwise one file's at a time. `options` are for mocha and
   * for Node, `outputDirectory` is what tests record into, `lingerMsMax` how long the process may take to end.
   */
  constructor({ options, outputDirectory, live, show, lingerMsMax = usualLingerMsMax }) {
    this.#lingerMsMax = lingerMsMax;
    this.#live = live;
    this.#show = show;
    const program = join(root, "scripts", "test", "lane-process.mjs");
    const isForNode = (word) => word.startsWith("--inspect");
    const forNode = ["--enable-source-maps", ...options.filter(isForNode)];
    const color = process.stdout.isTTY ? { FORCE_COLOR: "1" } : {};
    const forMocha = options.filter((word) => !isForNode(word));
    this.#child = spawn(process.execPath, [...forNode, program, ...forMocha], {
      cwd: root,
      env: { ...toolEnvironment(), ...color, PORTLEASE_TEST_OUTPUT: outputDirectory },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child.once("spawn", () => (this.#output = outputOf(this.#child.pid)));
    for (const stream of ["stdout", "stderr"]) {
      this.#child[stream].on("data", (chunk) => this.#take(chunk, stream));
    }
    this.#child.on("message", (message) => this.#answer?.(message));
    this.#closed = new Promise((done) => this.#child.once("close", done));
    this.#exit = new Promise((done) => {
      const ended = (how) => {
        this.isDead = true;
        done(how);
      };
      this.#child.once("exit", (code, signal) => ended(signal ?? code));
      this.#child.on("error", (error) => {
        // Otherwise it was a message to a process that has just died, which is told by its end.
        if (this.#child.pid === undefined) ended(error.message);
      });
    });
  }

  /**
   * Runs one file. Resolves with what is left to say of it: `unloadable` is why it could not even be loaded, `bailed` that mocha was
   * to end with the first failure and does, `died` the exit code or the signal with which the process ended.
   */
  async run(file) {
    const answered = new Promise((resolve) => (this.#answer = resolve));
    this.#child.send({ file }, () => undefined);
    const answer = await Promise.race([answered, this.#exit.then((died) => ({ died }))]);
    for (const key of Object.keys(answer.counts ?? {})) this.counts[key] += answer.counts[key];
    this.failures.push(...(answer.failures ?? []));
    // The process printed before it answered, so this turn of the event loop reads the rest.
    await new Promise((done) => setImmediate(done));
    this.flush();
    return answer;
  }

  /**
   * Lets the process end. Resolves with `{ exit, lingered, holders }`: its exit code or signal, whether it had to be ended, and
   * the programs that outlive it.
   */
  async end() {
    let lingered = false;
    const timer = setTimeout(() => {
      lingered = true;
      this.#child.kill("SIGKILL");
    }, this.#lingerMsMax);
    // What keeps it is told before it is ended for that.
    const message = { end: true, describeAfterMs: (this.#lingerMsMax * 2) / 3 };
    this.#child.send(message, () => undefined);
    const exit = await this.#exit;
    clearTimeout(timer);
    const holders = await this.#waitForPipes();
    return { exit, lingered, holders };
  }

  /** Shows what has not been shown yet, such as the summary that is printed at the very end. */
  flush() {
    for (const [chunk, stream] of this.#chunks.splice(0)) this.#show(chunk, stream);
  }

  /** A program that a test forgot may keep the pipes open for ever. */
  async #waitForPipes() {
    let timer;
    const late = new Promise((done) => (timer = setTimeout(() => done(true), pipesMsMax)));
    const isLate = await Promise.race([late, this.#closed.then(() => false)]);
    clearTimeout(timer);
    if (!isLate) return [];
    const holders = holdersOf(this.#output);
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
    return holders.length > 0 ? holders : ["one that still holds the tests' output"];
  }

  #take(chunk, stream) {
    if (this.#live) this.#show(chunk, stream);
    else this.#chunks.push([chunk, stream]);
  }
}
