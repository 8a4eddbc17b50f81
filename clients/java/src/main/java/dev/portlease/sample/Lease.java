package dev.portlease.sample;

import com.google.protobuf.util.Durations;
import dev.portlease.v1.AcquireLeaseResponse;
import dev.portlease.v1.PortReservation;
import dev.portlease.v1.RenewLeaseResponse;
import io.grpc.Status;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A leased port, renewed by a thread of its own until it is closed or lost. Close the server before
 * the lease: a port that is still bound is leased to nobody. Thread-safe.
 */
public final class Lease implements AutoCloseable {
  private static final Duration RELEASE_TIMEOUT = Duration.ofSeconds(2);
  private static final long DOUBT_LOOK_MILLIS = 50;
  private static final System.Logger LOG = System.getLogger(Lease.class.getName());

  private final BrokerCalls calls;
  private final String leaseId;
  private final String holderKey;
  private final int port;
  private final long generation;
  private final LeaseListener listener;
  private final Thread keeper;

  // Guarded by "this".
  private final LeaseTrack track;
  private List<PortReservation> reservations;

  /** Of the keeper's thread alone. */
  private LeaseState told = LeaseState.SAFE;

  Lease(BrokerCalls calls, AcquireLeaseResponse grant, long sentAtNanos, LeaseListener listener) {
    this.calls = calls;
    this.listener = listener;
    this.leaseId = grant.getLease().getLeaseId();
    this.holderKey = grant.getHolderKey();
    this.port = grant.getLease().getPort();
    this.generation = grant.getLease().getGeneration();
    this.reservations = grant.getReservationsList();
    long nowNanos = System.nanoTime();
    long grantedAtNanos =
        LeaseTiming.grantMoment(sentAtNanos, nowNanos, Durations.toNanos(grant.getWaitDuration()));
    long ttlNanos = Durations.toNanos(grant.getLease().getTtl());
    this.track =
        new LeaseTrack(grantedAtNanos, ttlNanos, nowNanos, System.currentTimeMillis(), random());
    this.keeper = new Thread(this::keep, "portlease-" + leaseId);
    keeper.setDaemon(true);
    keeper.start();
  }

  /** The lease's public name. */
  public String leaseId() {
    return leaseId;
  }

  /** The first port. */
  public int port() {
    return port;
  }

  /** The fencing number: it only rises from one holder of the port to the next. */
  public long generation() {
    return generation;
  }

  /** The state at this moment. */
  public synchronized LeaseState state() {
    return track.look(System.nanoTime(), System.currentTimeMillis());
  }

  /**
   * Why it is lost: DEADLINE_PASSED, UNCONFIRMED, LEASE_NOT_FOUND, HOLDER_KEY_MISMATCH; "" while it
   * is not.
   */
  public synchronized String lostReason() {
    return track.endReason();
  }

  /** Listens on the leased port, on all addresses. */
  public ServerSocketChannel listen() throws InterruptedException {
    return listen(null, 0);
  }

  /**
   * Listens on the leased port.
   *
   * @param host an address of this machine; {@code null}: all
   * @param backlog connections that may wait to be accepted; 0: the system's default
   * @throws PortleaseException LEASE_LOST, BIND_METHOD_NOT_SUPPORTED, BIND_FAILED
   */
  public ServerSocketChannel listen(InetAddress host, int backlog) throws InterruptedException {
    InetSocketAddress address =
        host == null ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
    List<PortReservation> how = checkHeld();
    ServerSocketChannel server = PortBinding.listen(how, address, backlog);
    try {
      // Binding takes time, in which the lease may have been lost.
      checkHeld();
    } catch (PortleaseException | InterruptedException notHeld) {
      PortBinding.closeQuietly(server);
      throw notHeld;
    }
    return server;
  }

  /**
   * Gives the port back. Never throws: a lease that cannot be given back runs out by its TTL.
   * Idempotent.
   */
  @Override
  public void close() {
    synchronized (this) {
      if (track.look(System.nanoTime(), System.currentTimeMillis()) == LeaseState.RELEASED) {
        return;
      }
      track.end(LeaseState.RELEASED, "");
    }
    stopKeeper();
    try {
      calls.release(leaseId, holderKey, RELEASE_TIMEOUT);
    } catch (PortleaseException unreachable) {
      LOG.log(
          System.Logger.Level.WARNING,
          "lease {0} was not given back and runs out by its TTL: {1}",
          leaseId,
          unreachable.getMessage());
    }
  }

  private void stopKeeper() {
    if (Thread.currentThread() == keeper) {
      return;
    }
    // Ends its sleep, or the renewal under way.
    keeper.interrupt();
    try {
      keeper.join();
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * How the ports are reserved now. Waits for the broker's answer where a pause has put the lease
   * in doubt.
   */
  private synchronized List<PortReservation> checkHeld() throws InterruptedException {
    LeaseState state = state();
    while (state == LeaseState.JEOPARDY && track.inDoubt()) {
      // The keeper tells each answer; without one the lease is lost within a third of its TTL.
      wait(DOUBT_LOOK_MILLIS);
      state = state();
    }
    if (state == LeaseState.LOST || state == LeaseState.RELEASED) {
      throw PortleaseException.ofClient(
          Status.Code.FAILED_PRECONDITION,
          "LEASE_LOST",
          "port %d is not ours any more (lease %s, %s). Acquire a new lease."
              .formatted(port, leaseId, state));
    }
    return reservations;
  }

  private void keep() {
    try {
      for (; ; ) {
        long nowNanos = System.nanoTime();
        LeaseState state;
        boolean due;
        synchronized (this) {
          state = track.look(nowNanos, System.currentTimeMillis());
          due = track.renewalDue(nowNanos);
        }
        tell(state);
        if (state == LeaseState.LOST || state == LeaseState.RELEASED) {
          return;
        }
        if (due) {
          renew();
        } else {
          sleepUntilNextLook();
        }
      }
    } catch (InterruptedException closed) {
      // close() wants this thread to end; it has set the state.
    }
  }

  private void sleepUntilNextLook() throws InterruptedException {
    long nanos;
    synchronized (this) {
      long nowNanos = System.nanoTime();
      nanos = track.nextLook(nowNanos) - nowNanos;
    }
    Thread.sleep(Duration.ofNanos(nanos).toMillis(), (int) (nanos % 1_000_000));
  }

  private void renew() throws InterruptedException {
    long sentAtNanos = System.nanoTime();
    Duration timeout;
    synchronized (this) {
      timeout = Duration.ofNanos(track.answerBy(sentAtNanos) - sentAtNanos);
    }
    try {
      RenewLeaseResponse renewed = calls.renew(leaseId, holderKey, timeout);
      synchronized (this) {
        track.renewed(sentAtNanos, Durations.toNanos(renewed.getLease().getTtl()), random());
        if (renewed.getReservationsCount() > 0) {
          reservations = renewed.getReservationsList();
        }
        notifyAll();
      }
    } catch (PortleaseException failure) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      renewalFailed(failure);
    }
  }

  private synchronized void renewalFailed(PortleaseException failure) {
    if (failure.endsLease()) {
      String reason = failure.reason().isEmpty() ? "LEASE_NOT_FOUND" : failure.reason();
      track.end(LeaseState.LOST, reason);
      return;
    }
    long ttlNanos = track.ttlNanos();
    long own = Backoff.nanos(track.failures() + 1, random(), ttlNanos / 10);
    // The broker may ask for a longer wait, but not for one that would cost the lease.
    long asked = failure.retryDelay().map(Duration::toNanos).orElse(0L);
    track.renewalFailed(System.nanoTime() + Math.max(own, Math.min(asked, ttlNanos / 6)));
  }

  private void tell(LeaseState state) {
    if (state == told) {
      return;
    }
    told = state;
    if (state == LeaseState.RELEASED) {
      return;
    }
    try {
      listener.changed(state, lostReason());
    } catch (RuntimeException fault) {
      // A fault of the listener must not cost the lease.
      LOG.log(System.Logger.Level.ERROR, "the listener of lease " + leaseId + " failed", fault);
    }
  }

  private static double random() {
    return ThreadLocalRandom.current().nextDouble();
  }
}
