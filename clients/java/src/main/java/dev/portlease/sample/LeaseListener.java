package dev.portlease.sample;

/** Hears what becomes of a lease. */
@FunctionalInterface
public interface LeaseListener {
  /**
   * Called on the thread that renews, so return soon: renewals wait meanwhile.
   *
   * @param state SAFE (again), JEOPARDY or LOST
   * @param reason why it is lost; else ""
   */
  void changed(LeaseState state, String reason);
}
