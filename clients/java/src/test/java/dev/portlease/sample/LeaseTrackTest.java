package dev.portlease.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What a lease is believed to be, on clocks that the test moves. */
class LeaseTrackTest {
  private static final long MILLI = 1_000_000;
  private static final long TTL = 3_000 * MILLI;

  /** nanoTime may be negative and may wrap around: begin just before that happens. */
  private long nowNanos = Long.MAX_VALUE - 1_000 * MILLI;

  private long wallMillis = 1_700_000_000_000L;
  private final long grantedAtNanos = nowNanos;
  private final LeaseTrack track = new LeaseTrack(nowNanos, TTL, nowNanos, wallMillis, 0);

  private LeaseState after(long millis) {
    nowNanos += millis * MILLI;
    wallMillis += millis;
    return track.look(nowNanos, wallMillis);
  }

  /** Time passes while the process runs: it looks as often as it said it would. */
  private LeaseState running(long millis) {
    long untilNanos = nowNanos + millis * MILLI;
    while (untilNanos - nowNanos > 0) {
      long stepNanos = Math.min(track.nextLook(nowNanos) - nowNanos, untilNanos - nowNanos);
      nowNanos += stepNanos;
      wallMillis += stepNanos / MILLI;
      track.look(nowNanos, wallMillis);
    }
    return track.look(nowNanos, wallMillis);
  }

  @Test
  void aRenewalIsDueAfterAThirdOfTheTtl() {
    running(999);
    assertFalse(track.renewalDue(nowNanos));
    running(1);
    assertTrue(track.renewalDue(nowNanos));
  }

  @Test
  void withoutARenewalItIsInJeopardyAndThenLostBeforeItsDeadline() {
    assertEquals(LeaseState.SAFE, running(1_999));
    assertEquals(LeaseState.JEOPARDY, running(1));
    assertEquals(LeaseState.JEOPARDY, running(949));
    // 1 % of the TTL and 20 ms before the deadline.
    assertEquals(LeaseState.LOST, running(1));
    assertEquals(50 * MILLI, grantedAtNanos + TTL - nowNanos);
    assertEquals("DEADLINE_PASSED", track.endReason());
  }

  @Test
  void theDeadlineCountsFromWhenTheRenewalWasSent() {
    running(1_000);
    long sentAtNanos = nowNanos;
    running(200);
    track.renewed(sentAtNanos, TTL, 0);
    assertEquals(LeaseState.SAFE, running(1_799));
    assertEquals(LeaseState.JEOPARDY, running(1));
    assertEquals(LeaseState.LOST, running(950));
  }

  @Test
  void theWaitInLineIsAddedAsFarAsTheAnswerTookThatLong() {
    assertEquals(500, LeaseTiming.grantMoment(100, 600, 400));
    assertEquals(600, LeaseTiming.grantMoment(100, 600, 9_999));
  }

  @Test
  void lostStaysLost() {
    running(2_950);
    track.renewed(nowNanos, TTL, 0);
    assertEquals(LeaseState.LOST, running(1));
  }

  @Test
  void aPausePutsItIntoJeopardyUntilTheBrokerHasAnswered() {
    track.nextLook(nowNanos);
    assertEquals(LeaseState.JEOPARDY, after(1_400));
    assertTrue(track.renewalDue(nowNanos));
    track.renewed(nowNanos, TTL, 0);
    assertEquals(LeaseState.SAFE, running(1));
  }

  @Test
  void anAnswerFromBeforeThePauseProvesNothing() {
    long sentAtNanos = nowNanos;
    track.nextLook(nowNanos);
    assertEquals(LeaseState.JEOPARDY, after(1_400));
    track.renewed(sentAtNanos, TTL, 0);
    assertEquals(LeaseState.JEOPARDY, running(1));
  }

  @Test
  void afterAPauseBeyondTheDeadlineTheBrokerDecides() {
    assertEquals(LeaseState.JEOPARDY, after(10_000));
    track.renewed(nowNanos, TTL, 0);
    assertEquals(LeaseState.SAFE, running(1));
  }

  @Test
  void afterAPauseBeyondTheDeadlineItIsLostWhenNobodyAnswers() {
    assertEquals(LeaseState.JEOPARDY, after(10_000));
    assertEquals(LeaseState.JEOPARDY, running(999));
    assertEquals(LeaseState.LOST, running(1));
    assertEquals("UNCONFIRMED", track.endReason());
  }

  @Test
  void aSleepThatTheMonotonicClockDoesNotCountIsSeenOnTheWallClock() {
    track.nextLook(nowNanos);
    nowNanos += MILLI;
    wallMillis += 60_000;
    assertEquals(LeaseState.JEOPARDY, track.look(nowNanos, wallMillis));
  }

  @Test
  void aRenewalMayNotTakeLongerThanThereIsSomethingToTell() {
    running(1_000);
    assertEquals(500 * MILLI, track.answerBy(nowNanos) - nowNanos);
    running(800);
    // Jeopardy begins 200 ms from here.
    assertEquals(200 * MILLI, track.answerBy(nowNanos) - nowNanos);
  }
}
