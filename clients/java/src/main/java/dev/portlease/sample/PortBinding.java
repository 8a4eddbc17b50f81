package dev.portlease.sample;

import dev.portlease.v1.BindMethod;
import dev.portlease.v1.PortReservation;
import dev.portlease.v1.Protocol;
import io.grpc.Status;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.util.List;

/**
 * Makes a server socket listen on a leased TCP port as the port's reservation wants it. What a JDK
 * cannot do is refused with the way round: it has neither the Windows ioctl that associates a
 * socket with a reservation nor a way to open a duplicated socket.
 */
final class PortBinding {
  private PortBinding() {}

  /**
   * @param backlog connections that may wait to be accepted; 0: the system's default
   * @throws PortleaseException BIND_METHOD_NOT_SUPPORTED, BIND_FAILED
   */
  static ServerSocketChannel listen(
      List<PortReservation> reservations, InetSocketAddress address, int backlog) {
    PortReservation reservation = reservationOf(reservations, address.getPort());
    return switch (reservation.getBindMethod()) {
      case BIND_METHOD_SHARE_PORT -> listen(address, backlog, true);
      case BIND_METHOD_PLAIN, BIND_METHOD_UNSPECIFIED -> listen(address, backlog, false);
      case BIND_METHOD_ASSOCIATE -> {
        // Without a token the reservation does not cover the port now, and anybody may bind it.
        if (reservation.getToken() != 0) {
          throw notSupported(address.getPort(), reservation.getBindMethod());
        }
        yield listen(address, backlog, false);
      }
      case BIND_METHOD_HANDOFF, UNRECOGNIZED ->
          throw notSupported(address.getPort(), reservation.getBindMethod());
    };
  }

  /** The first that covers the port counts; a port without one is bound plainly. */
  private static PortReservation reservationOf(List<PortReservation> reservations, int port) {
    return reservations.stream()
        .filter(each -> each.getProtocol() != Protocol.PROTOCOL_UDP)
        .filter(
            each -> port >= each.getFirstPort() && port < each.getFirstPort() + each.getPortCount())
        .findFirst()
        .orElse(PortReservation.getDefaultInstance());
  }

  private static ServerSocketChannel listen(
      InetSocketAddress address, int backlog, boolean sharePort) {
    ServerSocketChannel server = null;
    try {
      server = ServerSocketChannel.open();
      if (sharePort) {
        // The JDK sets SO_REUSEADDR on the server sockets of Unix. Beside the broker's hold that
        // would leave the port open to
        // strangers from bind to listen.
        server.setOption(StandardSocketOptions.SO_REUSEADDR, false);
        server.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      }
      server.bind(address, backlog);
      if (sharePort) {
        // Connections take it over: else those in TIME_WAIT would keep the port from its next
        // holder for a minute.
        server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      }
      return server;
    } catch (IOException | UnsupportedOperationException refused) {
      closeQuietly(server);
      String advice =
          sharePort && refused instanceof BindException
              ? "The broker holds it for processes of its own user: run this one as that user, and"
                  + " only once."
              : "\"portlease explain %d\" says who has it.".formatted(address.getPort());
      throw PortleaseException.ofClient(
          Status.Code.FAILED_PRECONDITION,
          "BIND_FAILED",
          "cannot listen on leased port %d: %s. %s"
              .formatted(address.getPort(), refused.getMessage(), advice));
    }
  }

  static void closeQuietly(ServerSocketChannel server) {
    if (server != null) {
      try {
        server.close();
      } catch (IOException alreadyGone) {
        // Nothing is left to give back.
      }
    }
  }

  private static PortleaseException notSupported(int port, BindMethod method) {
    return PortleaseException.ofClient(
        Status.Code.UNIMPLEMENTED,
        "BIND_METHOD_NOT_SUPPORTED",
        ("port %d wants %s, which a JDK cannot do. Run this program under \"portlease run"
                + " --proxy\", or lease from a pool of kind administered, whose ports are bound by"
                + " their number.")
            .formatted(port, method));
  }
}
