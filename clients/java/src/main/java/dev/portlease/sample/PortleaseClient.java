package dev.portlease.sample;

import com.google.protobuf.util.Durations;
import com.sun.security.auth.module.UnixSystem;
import dev.portlease.v1.AcquireLeaseRequest;
import dev.portlease.v1.AcquireLeaseResponse;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** A connection to the broker of this host, in clear text. Close its leases before it. */
public final class PortleaseClient implements AutoCloseable {
  /** How long acquire tries to reach a broker that is away or still starting. */
  private static final Duration ACQUIRE_TIMEOUT = Duration.ofSeconds(30);

  private final ManagedChannel channel;
  private final BrokerCalls calls;

  private PortleaseClient(ManagedChannel channel, BrokerCalls calls) {
    this.channel = channel;
    this.calls = calls;
  }

  /** The broker that the environment names, else the one of this host, else 127.0.0.1:7600. */
  public static PortleaseClient connect() {
    return connect(null, null);
  }

  /**
   * Does not wait for the connection.
   *
   * @param address host:port or unix:/path; {@code null}: as {@link #connect()}
   * @param tokenFile a file with a bearer token in its first line; {@code null}:
   *     PORTLEASE_TOKEN_FILE, else none
   * @throws PortleaseException OPTION_INVALID: a token would go to another host in clear text
   */
  public static PortleaseClient connect(String address, Path tokenFile) {
    String found = BrokerAddress.find(address, System.getenv(), userId());
    Optional<Path> file =
        Optional.ofNullable(tokenFile).or(PortleaseClient::tokenFileOfEnvironment);
    if (file.isPresent() && !BrokerAddress.staysOnThisHost(found)) {
      throw PortleaseException.ofClient(
          Status.Code.INVALID_ARGUMENT,
          "OPTION_INVALID",
          ("the token is not sent to %s: it is another host, and without TLS everybody on the way"
               + " could read it. Build the channel with TlsChannelCredentials, or leave the token"
               + " out.")
              .formatted(found));
    }
    var builder = Grpc.newChannelBuilder(found, InsecureChannelCredentials.create());
    if (found.startsWith("unix:")) {
      // Else gRPC sends the path for the authority, which the broker's HTTP/2 refuses as malformed.
      builder.overrideAuthority("localhost");
    }
    ManagedChannel channel = builder.build();
    return new PortleaseClient(
        channel, new BrokerCalls(channel, found, file.map(BearerToken::new).orElse(null)));
  }

  /**
   * Leases a port and keeps it. Waits for a broker that is away, up to 30 s; a request without
   * request_id gets a random one, so that a repeat of a call whose answer was lost gets the same
   * lease.
   *
   * @throws PortleaseException BROKER_UNREACHABLE, BROKER_ANSWER_INVALID, or what the broker
   *     refuses with (docs/errors.md)
   */
  public Lease acquire(AcquireLeaseRequest wish, LeaseListener listener)
      throws InterruptedException {
    AcquireLeaseRequest request =
        wish.getRequestId().isEmpty()
            ? wish.toBuilder().setRequestId(UUID.randomUUID().toString()).build()
            : wish;
    long waitNanos = ACQUIRE_TIMEOUT.toNanos() + Durations.toNanos(request.getMaxWait());
    long beganNanos = System.nanoTime();
    for (int failures = 1; ; failures++) {
      long sentAtNanos = System.nanoTime();
      long leftNanos = waitNanos - (sentAtNanos - beganNanos);
      try {
        // The deadline counts from the try that was answered: the broker takes a repeat for a
        // renewal.
        return new Lease(
            calls,
            checked(calls.acquire(request, Duration.ofNanos(leftNanos))),
            sentAtNanos,
            listener);
      } catch (PortleaseException failure) {
        long asked = failure.retryDelay().map(Duration::toNanos).orElse(0L);
        long pause =
            Math.max(
                Backoff.nanos(failures, ThreadLocalRandom.current().nextDouble(), Long.MAX_VALUE),
                asked);
        if (failure.code() != Status.Code.UNAVAILABLE
            || System.nanoTime() - beganNanos + pause >= waitNanos) {
          throw failure;
        }
        Thread.sleep(Duration.ofNanos(pause).toMillis());
      }
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }

  private static AcquireLeaseResponse checked(AcquireLeaseResponse grant) {
    boolean whole =
        !grant.getHolderKey().isEmpty() && Durations.isPositive(grant.getLease().getTtl());
    if (whole) {
      return grant;
    }
    throw PortleaseException.ofClient(
        Status.Code.INTERNAL,
        "BROKER_ANSWER_INVALID",
        "the broker granted a lease without a key or a TTL. Leave validate_only out, and use the"
            + " broker's proto files.");
  }

  private static Optional<Path> tokenFileOfEnvironment() {
    return Optional.ofNullable(System.getenv("PORTLEASE_TOKEN_FILE"))
        .filter(name -> !name.isEmpty())
        .map(Path::of);
  }

  private static Optional<Long> userId() {
    return File.separatorChar == '/' ? Optional.of(new UnixSystem().getUid()) : Optional.empty();
  }
}
