package dev.portlease.sample;

/**
 * Notices that this process did not run for a while: stopped, starved, or on a machine that slept.
 * Not thread-safe.
 *
 * <p>{@link System#nanoTime()} stands still while a Linux machine sleeps
 * (https://man7.org/linux/man-pages/man2/clock_gettime.2.html, CLOCK_MONOTONIC), so the wall clock
 * is compared too; it counts only from {@link #WALL_JUMP_MILLIS} on, since smaller steps are
 * corrections of the time.
 */
final class PauseDetector {
  private static final long WALL_JUMP_MILLIS = 2_000;

  /** Threads never wake up quite on time; a delay below this is no pause. 20 ms. */
  private static final long PAUSE_NANOS_MIN = 20_000_000;

  private long expectedAtNanos;
  private long lastNanos;
  private long lastWallMillis;

  PauseDetector(long nowNanos, long wallMillis) {
    expectedAtNanos = nowNanos;
    lastNanos = nowNanos;
    lastWallMillis = wallMillis;
  }

  /** The process means to run again at this moment at the latest. */
  void expectBy(long atNanos) {
    expectedAtNanos = atNanos;
  }

  /** The process runs. Returns for how long it did not though it meant to; 0 for no pause. */
  long ran(long nowNanos, long wallMillis) {
    long lateNanos = Math.max(0, nowNanos - expectedAtNanos);
    long sleptNanos = (wallMillis - lastWallMillis) * 1_000_000 - (nowNanos - lastNanos);
    lastNanos = nowNanos;
    lastWallMillis = wallMillis;
    // One pause counts once, though the thread that was due in it may come only after this.
    if (expectedAtNanos - nowNanos < 0) {
      expectedAtNanos = nowNanos;
    }
    long pausedNanos =
        sleptNanos >= WALL_JUMP_MILLIS * 1_000_000 ? Math.max(lateNanos, sleptNanos) : lateNanos;
    return pausedNanos >= PAUSE_NANOS_MIN ? pausedNanos : 0;
  }
}
