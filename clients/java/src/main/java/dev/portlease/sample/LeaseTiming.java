package dev.portlease.sample;

/**
 * When a lease is renewed, in jeopardy and lost, as shares of its TTL. Pure arithmetic on {@link
 * System#nanoTime()} values; {@link LeaseTrack} decides with it.
 */
final class LeaseTiming {
  /**
   * A renewal is due when about a third of the TTL has gone: several more tries fit in before the
   * lease is lost.
   */
  private static final double RENEW_AFTER_SHARE = 1.0 / 3;

  /**
   * A renewal may come earlier by this share of its wait, so that leases granted together do not
   * stay in step.
   */
  private static final double RENEW_JITTER_SHARE = 0.1;

  /** A lease is in jeopardy when less than this share of its TTL is left without a renewal. */
  private static final double JEOPARDY_LEFT_SHARE = 1.0 / 3;

  /**
   * A lease counts as lost this share of its TTL before its deadline: clocks of two machines may
   * differ a little ...
   */
  private static final double SAFETY_MARGIN_SHARE = 0.01;

  /**
   * ... and this much, for threads that wake up late (a timer tick of Windows is 15.6 ms). 20 ms.
   */
  private static final long SAFETY_MARGIN_NANOS = 20_000_000;

  private LeaseTiming() {}

  /**
   * Moments of one lease.
   *
   * @param jeopardyAtNanos from here on the lease is in jeopardy unless it was renewed
   * @param lostAtNanos from here on it is lost unless it was renewed: before its deadline
   */
  record Moments(long jeopardyAtNanos, long lostAtNanos) {}

  /**
   * @param deadlineNanos when the broker may give the port to somebody else
   */
  static Moments moments(long deadlineNanos, long ttlNanos) {
    // Half of the TTL keeps the moments in order for a TTL of a few milliseconds, as only tests
    // have.
    long margin =
        Math.min((long) (ttlNanos * SAFETY_MARGIN_SHARE) + SAFETY_MARGIN_NANOS, ttlNanos / 2);
    long jeopardyLeft = Math.max((long) (ttlNanos * JEOPARDY_LEFT_SHARE), margin);
    return new Moments(deadlineNanos - jeopardyLeft, deadlineNanos - margin);
  }

  /**
   * The earliest moment at which the broker can have granted: the request had been sent, then the
   * broker took {@code waitNanos} by its own word, which is believed only as far as the answer took
   * that long. The deadline is this plus the TTL.
   */
  static long grantMoment(long sentAtNanos, long answeredAtNanos, long waitNanos) {
    return sentAtNanos + Math.min(waitNanos, answeredAtNanos - sentAtNanos);
  }

  /**
   * When to renew a lease whose TTL began at {@code fromNanos}.
   *
   * @param random from 0 to below 1
   */
  static long renewMoment(long fromNanos, long ttlNanos, double random) {
    return fromNanos + (long) (ttlNanos * RENEW_AFTER_SHARE * (1 - RENEW_JITTER_SHARE * random));
  }
}
