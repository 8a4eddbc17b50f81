package dev.portlease.sample;

import io.grpc.CallCredentials;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executor;

/**
 * Sends the first line of a file as bearer token with every call. The file is read for each call: a
 * broker's tokens are replaced while its clients run. This sample speaks clear text, so it uses a
 * token only with a broker of its own host.
 */
final class BearerToken extends CallCredentials {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final Path file;

  BearerToken(Path file) {
    this.file = file;
  }

  @Override
  public void applyRequestMetadata(RequestInfo call, Executor executor, MetadataApplier applier) {
    executor.execute(
        () -> {
          try {
            Metadata headers = new Metadata();
            headers.put(AUTHORIZATION, "Bearer " + firstLine());
            applier.apply(headers);
          } catch (IOException | IllegalArgumentException unusable) {
            String message =
                "the token file %s cannot be used (%s). Give the path of a file that has the token in its first line."
                    .formatted(file, unusable.getMessage());
            applier.fail(Status.UNAUTHENTICATED.withDescription(message));
          }
        });
  }

  private String firstLine() throws IOException {
    String line =
        Files.readString(file, StandardCharsets.UTF_8).lines().findFirst().orElse("").strip();
    if (!line.matches("[\\x21-\\x7e]+")) {
      throw new IllegalArgumentException("its first line is no token");
    }
    return line;
  }
}
