package dev.portlease.sample;

/** What a holder may believe of its lease. */
public enum LeaseState {
  /** The port is yours, and renewals are in time. */
  SAFE,
  /**
   * Yours as far as is known, but renewals are overdue, or this process did not run for a while.
   */
  JEOPARDY,
  /** Not yours any more: stop using the port. Final. */
  LOST,
  /** You gave it back. Final. */
  RELEASED
}
