package dev.portlease.sample;

/** How long to wait before the next try. Pure. */
final class Backoff {
  private static final long FIRST_NANOS = 100_000_000;
  private static final long LAST_NANOS = 5_000_000_000L;

  private Backoff() {}

  /**
   * Doubles with each failure from 100 ms to 5 s, but never above {@code upTo}; half of it is
   * random, so that many clients of a broker that comes back do not call in step.
   *
   * @param failures how many tries failed in a row, 1 or more
   * @param random from 0 to below 1
   */
  static long nanos(int failures, double random, long upToNanos) {
    // 2^30 is far above any bound and keeps the product finite.
    double grown = FIRST_NANOS * Math.pow(2, Math.min(failures - 1, 30));
    double full = Math.min(grown, Math.min(LAST_NANOS, upToNanos));
    return (long) (full * (0.5 + random / 2));
  }
}
