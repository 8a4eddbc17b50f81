package dev.portlease.sample;

/**
 * What is known of one lease by the client's own clocks: state, deadline, and when something is
 * due. It calls nobody and reads no clock; {@link Lease} guards it with its lock. All moments are
 * values of {@link System#nanoTime()}, compared by subtraction.
 */
final class LeaseTrack {
  /**
   * After a pause past the deadline the broker has this share of the TTL to answer; then the lease
   * is lost.
   */
  private static final double DOUBT_SHARE = 1.0 / 3;

  /** A pause matters to a lease when it was longer than this share of its TTL. */
  private static final double PAUSE_SHARE = 0.1;

  /** One look in a second at least, so that a sleep of the machine is noticed. */
  private static final long PULSE_NANOS = 1_000_000_000;

  private static final long ANSWER_NANOS_MIN = 250_000_000;
  private static final long ANSWER_NANOS_MAX = 5_000_000_000L;

  private final PauseDetector pauses;
  private LeaseState end;
  private String endReason = "";
  private long ttlNanos;
  private long deadlineNanos;
  private long renewAtNanos;
  private int failures;

  /** Since when the process cannot trust its own clock, until the broker has answered. */
  private boolean inDoubt;

  private long doubtSinceNanos;

  /**
   * @param grantedAtNanos as {@link LeaseTiming#grantMoment} says
   * @param random from 0 to below 1, for jitter
   */
  LeaseTrack(long grantedAtNanos, long ttlNanos, long nowNanos, long wallMillis, double random) {
    this.pauses = new PauseDetector(nowNanos, wallMillis);
    this.ttlNanos = ttlNanos;
    this.deadlineNanos = grantedAtNanos + ttlNanos;
    this.renewAtNanos = LeaseTiming.renewMoment(grantedAtNanos, ttlNanos, random);
    pauses.expectBy(nowNanos + PULSE_NANOS);
  }

  /** Lets time pass and tells the state at this moment. Call it before anything is decided. */
  LeaseState look(long nowNanos, long wallMillis) {
    long pausedNanos = pauses.ran(nowNanos, wallMillis);
    if (end != null) {
      return end;
    }
    if (pausedNanos > 0 && pausedNanos >= ttlNanos * PAUSE_SHARE) {
      doubt(nowNanos);
    }
    pass(nowNanos);
    if (end != null) {
      return end;
    }
    boolean late = nowNanos - LeaseTiming.moments(deadlineNanos, ttlNanos).jeopardyAtNanos() >= 0;
    return inDoubt || late ? LeaseState.JEOPARDY : LeaseState.SAFE;
  }

  /** {@link #look} comes first. */
  boolean renewalDue(long nowNanos) {
    return end == null && nowNanos - renewAtNanos >= 0;
  }

  /**
   * When {@link #look} may say something else, or a renewal falls due: within a second. The process
   * means to run then.
   */
  long nextLook(long nowNanos) {
    long next = nowNanos + PULSE_NANOS;
    var moments = LeaseTiming.moments(deadlineNanos, ttlNanos);
    long[] candidates = {
      renewAtNanos, moments.jeopardyAtNanos(), moments.lostAtNanos(), doubtUntilNanos()
    };
    for (long at : candidates) {
      next = earlier(next, nowNanos, at);
    }
    pauses.expectBy(next);
    return next;
  }

  /** How long a renewal sent now may take. */
  long answerBy(long nowNanos) {
    // A sixth of the TTL, so that several tries fit in; and not past the moment at which there is
    // something to tell.
    long by = nowNanos + Math.min(Math.max(ttlNanos / 6, ANSWER_NANOS_MIN), ANSWER_NANOS_MAX);
    var moments = LeaseTiming.moments(deadlineNanos, ttlNanos);
    by = earlier(by, nowNanos, doubtUntilNanos());
    by = earlier(by, nowNanos, moments.jeopardyAtNanos());
    by = earlier(by, nowNanos, moments.lostAtNanos());
    pauses.expectBy(by);
    return by;
  }

  /**
   * A renewal that was sent at {@code sentAtNanos} succeeded. No-op for a lease that has ended:
   * lost stays lost.
   */
  void renewed(long sentAtNanos, long newTtlNanos, double random) {
    if (end != null) {
      return;
    }
    ttlNanos = newTtlNanos;
    deadlineNanos = sentAtNanos + newTtlNanos;
    renewAtNanos = LeaseTiming.renewMoment(sentAtNanos, newTtlNanos, random);
    failures = 0;
    // Only a renewal that was sent after the pause proves anything about it: the clock may have
    // stood still.
    if (sentAtNanos - doubtSinceNanos >= 0) {
      inDoubt = false;
    }
  }

  /** A renewal had no success for a reason that may pass. */
  void renewalFailed(long retryAtNanos) {
    failures += 1;
    renewAtNanos = retryAtNanos;
  }

  /** The first end counts. */
  void end(LeaseState state, String reason) {
    if (end == null) {
      end = state;
      endReason = reason;
    }
  }

  /** True when the broker's answer must decide, after a pause. */
  boolean inDoubt() {
    return inDoubt;
  }

  /** Why the lease is lost: a reason in upper snake case; "" while it is not. */
  String endReason() {
    return endReason;
  }

  long ttlNanos() {
    return ttlNanos;
  }

  int failures() {
    return failures;
  }

  /**
   * A running client sees the moment before the deadline at which its lease counts as lost. One
   * that comes past the deadline itself did not run: then only the broker can say what became of
   * the lease.
   */
  private void pass(long nowNanos) {
    if (nowNanos - LeaseTiming.moments(deadlineNanos, ttlNanos).lostAtNanos() < 0) {
      return;
    }
    if (nowNanos - deadlineNanos < 0 || (failures > 0 && !inDoubt)) {
      end(LeaseState.LOST, "DEADLINE_PASSED");
    } else if (!inDoubt || doubtSinceNanos - deadlineNanos < 0) {
      doubt(nowNanos);
    } else if (nowNanos - doubtUntilNanos() >= 0) {
      end(LeaseState.LOST, "UNCONFIRMED");
    }
  }

  /** {@code at} where it lies between now and {@code next}. */
  private static long earlier(long next, long nowNanos, long at) {
    return at - nowNanos > 0 && at - next < 0 ? at : next;
  }

  private void doubt(long nowNanos) {
    inDoubt = true;
    doubtSinceNanos = nowNanos;
    renewAtNanos = nowNanos;
  }

  private long doubtUntilNanos() {
    return inDoubt ? doubtSinceNanos + (long) (ttlNanos * DOUBT_SHARE) : deadlineNanos;
  }
}
