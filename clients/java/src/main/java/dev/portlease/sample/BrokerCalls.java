package dev.portlease.sample;

import dev.portlease.v1.AcquireLeaseRequest;
import dev.portlease.v1.AcquireLeaseResponse;
import dev.portlease.v1.LeaseServiceGrpc;
import dev.portlease.v1.LeaseServiceGrpc.LeaseServiceBlockingStub;
import dev.portlease.v1.ReleaseLeaseRequest;
import dev.portlease.v1.RenewLeaseRequest;
import dev.portlease.v1.RenewLeaseResponse;
import io.grpc.CallCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The calls to the broker, each one try with its time limit. They throw {@link PortleaseException}.
 */
final class BrokerCalls {
  private final ManagedChannel channel;
  private final String address;
  private final LeaseServiceBlockingStub stub;

  /**
   * @param token {@code null}: none
   */
  BrokerCalls(ManagedChannel channel, String address, CallCredentials token) {
    this.channel = channel;
    this.address = address;
    this.stub = LeaseServiceGrpc.newBlockingStub(channel).withCallCredentials(token);
  }

  AcquireLeaseResponse acquire(AcquireLeaseRequest request, Duration timeout) {
    return once(stub, timeout, ready -> ready.acquireLease(request));
  }

  /**
   * Waits for the connection within {@code timeout}: a broker that restarts is away for a moment.
   */
  RenewLeaseResponse renew(String leaseId, String holderKey, Duration timeout) {
    RenewLeaseRequest request =
        RenewLeaseRequest.newBuilder().setLeaseId(leaseId).setHolderKey(holderKey).build();
    return once(stub.withWaitForReady(), timeout, ready -> ready.renewLease(request));
  }

  void release(String leaseId, String holderKey, Duration timeout) {
    ReleaseLeaseRequest request =
        ReleaseLeaseRequest.newBuilder()
            .setLeaseId(leaseId)
            .setHolderKey(holderKey)
            .setAllowMissing(true)
            .build();
    once(stub.withWaitForReady(), timeout, ready -> ready.releaseLease(request));
  }

  private <T> T once(
      LeaseServiceBlockingStub on, Duration timeout, Function<LeaseServiceBlockingStub, T> call) {
    // A channel waits for up to two minutes between two tries to connect, which is longer than a
    // lease lasts:
    // https://github.com/grpc/grpc/blob/master/doc/connection-backoff.md
    channel.resetConnectBackoff();
    try {
      return call.apply(on.withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS));
    } catch (StatusRuntimeException failure) {
      throw PortleaseException.of(failure, address);
    }
  }
}
