package dev.portlease.sample;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A failed call or a refused action. Decide on {@link #code} and {@link #reason}, never on the
 * text.
 */
public final class PortleaseException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Status.Code code;
  private final String reason;
  private final transient Map<String, String> metadata;
  private final transient Optional<Duration> retryDelay;

  private PortleaseException(
      Status.Code code,
      String reason,
      String message,
      Map<String, String> metadata,
      Optional<Duration> retryDelay,
      Throwable cause) {
    super((reason.isEmpty() ? code.name() : reason) + ": " + message, cause);
    this.code = code;
    this.reason = reason;
    this.metadata = Map.copyOf(metadata);
    this.retryDelay = retryDelay;
  }

  /** What this client found out by itself. */
  static PortleaseException ofClient(Status.Code code, String reason, String message) {
    return new PortleaseException(code, reason, message, Map.of(), Optional.empty(), null);
  }

  /**
   * Decodes how a call failed: google.rpc.ErrorInfo and RetryInfo travel in the trailer
   * grpc-status-details-bin (https://google.aip.dev/193). What cannot be decoded is left out; the
   * code and the text still say what happened.
   */
  static PortleaseException of(StatusRuntimeException failure, String address) {
    Status.Code code = failure.getStatus().getCode();
    com.google.rpc.Status status = statusOf(failure);
    Optional<ErrorInfo> info = detail(status, ErrorInfo.class);
    Optional<Duration> delay =
        detail(status, RetryInfo.class)
            .map(RetryInfo::getRetryDelay)
            .map(wait -> Duration.ofSeconds(wait.getSeconds(), wait.getNanos()));
    if (info.isEmpty() && code == Status.Code.UNAVAILABLE) {
      String message =
          "no portlease broker answers at %s (%s). Start one with \"portlease serve\", or set PORTLEASE_ADDRESS to where it listens."
              .formatted(address, failure.getStatus().getDescription());
      return new PortleaseException(code, "BROKER_UNREACHABLE", message, Map.of(), delay, failure);
    }
    return new PortleaseException(
        code,
        info.map(ErrorInfo::getReason).orElse(""),
        String.valueOf(failure.getStatus().getDescription()),
        info.map(ErrorInfo::getMetadataMap).orElse(Map.of()),
        delay,
        failure);
  }

  /** The gRPC status. */
  public Status.Code code() {
    return code;
  }

  /** A word of docs/errors.md in upper snake case, or one of this client; "" when none is known. */
  public String reason() {
    return reason;
  }

  /** Every value that the message names. */
  public Map<String, String> metadata() {
    return metadata == null ? Map.of() : metadata;
  }

  /** How long to wait at least before a repeat, where the broker says so. */
  public Optional<Duration> retryDelay() {
    return retryDelay == null ? Optional.empty() : retryDelay;
  }

  /** True when the lease that was renewed is over: no other try can help. */
  boolean endsLease() {
    return code == Status.Code.NOT_FOUND
        || reason.equals("LEASE_ENDED")
        || reason.equals("HOLDER_KEY_MISMATCH");
  }

  private static com.google.rpc.Status statusOf(StatusRuntimeException failure) {
    try {
      com.google.rpc.Status status = StatusProto.fromThrowable(failure);
      return status == null ? com.google.rpc.Status.getDefaultInstance() : status;
    } catch (IllegalArgumentException unreadable) {
      // A proxy may send what it likes in this trailer.
      return com.google.rpc.Status.getDefaultInstance();
    }
  }

  private static <T extends Message> Optional<T> detail(
      com.google.rpc.Status status, Class<T> type) {
    for (var packed : status.getDetailsList()) {
      if (packed.is(type)) {
        try {
          return Optional.of(packed.unpack(type));
        } catch (InvalidProtocolBufferException unreadable) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }
}
