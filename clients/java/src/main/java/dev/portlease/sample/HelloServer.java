package dev.portlease.sample;

import com.google.protobuf.util.Durations;
import dev.portlease.v1.AcquireLeaseRequest;
import dev.portlease.v1.Holder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A service that leases its port: answers every HTTP request with "hello". Ends at SIGTERM after
 * giving the port back, and with exit code 3 when the port is lost.
 */
public final class HelloServer {
  private static final int REFUSED = 1;
  private static final int PORT_LOST = 3;

  private HelloServer() {}

  /** Arguments, all optional: service, pool, TTL in milliseconds. */
  public static void main(String[] args) throws InterruptedException {
    AcquireLeaseRequest.Builder wish = AcquireLeaseRequest.newBuilder();
    wish.setHolder(Holder.newBuilder().setService(args.length > 0 ? args[0] : "hello"));
    if (args.length > 1) {
      wish.setPool(args[1]);
    }
    if (args.length > 2) {
      wish.setTtl(Durations.fromMillis(Long.parseLong(args[2])));
    }
    CountDownLatch ended = new CountDownLatch(1);
    int exitCode;
    try {
      exitCode = run(wish.build(), ended);
    } finally {
      ended.countDown();
    }
    System.exit(exitCode);
  }

  private static int run(AcquireLeaseRequest wish, CountDownLatch ended)
      throws InterruptedException {
    AtomicReference<ServerSocketChannel> open = new AtomicReference<>();
    LeaseListener listener =
        (state, reason) -> {
          System.out.println(("lease " + state + " " + reason).strip());
          if (state == LeaseState.LOST) {
            PortBinding.closeQuietly(open.get());
          }
        };
    // Closed in the opposite order: the server before the lease.
    try (PortleaseClient client = PortleaseClient.connect();
        Lease lease = client.acquire(wish, listener);
        ServerSocketChannel server = lease.listen()) {
      open.set(server);
      if (lease.state() == LeaseState.LOST) {
        // The listener may have been told before there was anything to close.
        server.close();
      }
      closeAtShutdown(server, ended);
      System.out.printf(
          "serving on port %d, lease %s, generation %d%n",
          lease.port(), lease.leaseId(), lease.generation());
      serve(server);
      return lease.state() == LeaseState.LOST ? PORT_LOST : 0;
    } catch (PortleaseException failure) {
      System.err.printf(
          "%s %s %s%n%s%n",
          failure.code(), failure.reason(), failure.metadata(), failure.getMessage());
      return REFUSED;
    } catch (IOException failure) {
      System.err.println(failure);
      return REFUSED;
    }
  }

  /** SIGTERM and Ctrl-C: the main thread gives everything back, and the process waits for that. */
  private static void closeAtShutdown(ServerSocketChannel server, CountDownLatch ended) {
    Thread hook =
        new Thread(
            () -> {
              PortBinding.closeQuietly(server);
              try {
                ended.await(5, TimeUnit.SECONDS);
              } catch (InterruptedException hurry) {
                Thread.currentThread().interrupt();
              }
            });
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private static void serve(ServerSocketChannel server) throws IOException {
    for (; ; ) {
      try (Socket connection = server.accept().socket()) {
        answer(connection);
      } catch (ClosedChannelException closed) {
        if (!server.isOpen()) {
          return;
        }
      }
    }
  }

  private static void answer(Socket connection) {
    try {
      connection.setSoTimeout(5_000);
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8));
      String line = lines.readLine();
      while (line != null && !line.isEmpty()) {
        line = lines.readLine();
      }
      String response =
          "HTTP/1.1 200 OK\r\n"
              + "Content-Type: text/plain\r\n"
              + "Content-Length: 6\r\n"
              + "Connection: close\r\n\r\n"
              + "hello\n";
      connection.getOutputStream().write(response.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException gone) {
      // The caller went away; the next one is not to suffer.
    }
  }
}
