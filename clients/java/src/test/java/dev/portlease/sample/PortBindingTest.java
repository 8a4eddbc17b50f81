package dev.portlease.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.portlease.v1.BindMethod;
import dev.portlease.v1.PortReservation;
import dev.portlease.v1.Protocol;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How each kind of reservation is bound, or refused. */
class PortBindingTest {
  /** A port that was free a moment ago. */
  private final int port = freePort();

  private static int freePort() {
    try (ServerSocketChannel probe = ServerSocketChannel.open().bind(loopback(0))) {
      return ((InetSocketAddress) probe.getLocalAddress()).getPort();
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private List<PortReservation> reservation(BindMethod method, long token) {
    return List.of(
        PortReservation.newBuilder()
            .setProtocol(Protocol.PROTOCOL_TCP)
            .setFirstPort(port)
            .setPortCount(1)
            .setBindMethod(method)
            .setToken(token)
            .build());
  }

  private PortleaseException refusal(BindMethod method, long token) {
    return assertThrows(
        PortleaseException.class,
        () -> PortBinding.listen(reservation(method, token), loopback(port), 0));
  }

  @Test
  void aSharedPortIsBoundBesideAHoldAndListensForBoth() throws IOException {
    try (ServerSocketChannel hold = ServerSocketChannel.open()) {
      hold.setOption(StandardSocketOptions.SO_REUSEADDR, false);
      hold.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      hold.bind(loopback(port));
      var how = reservation(BindMethod.BIND_METHOD_SHARE_PORT, 0);
      try (ServerSocketChannel server = PortBinding.listen(how, loopback(port), 0)) {
        assertEquals(loopback(port), server.getLocalAddress());
        // On by now, so that connections in TIME_WAIT do not keep the port from its next holder.
        assertTrue(server.getOption(StandardSocketOptions.SO_REUSEADDR));
      }
      PortleaseException alone = refusal(BindMethod.BIND_METHOD_PLAIN, 0);
      assertEquals("BIND_FAILED", alone.reason());
    }
  }

  @Test
  void whatNeedsTheReservationIoctlIsRefusedWithTheWayRound() {
    for (BindMethod method :
        List.of(BindMethod.BIND_METHOD_ASSOCIATE, BindMethod.BIND_METHOD_HANDOFF)) {
      PortleaseException refusal = refusal(method, 7);
      assertEquals("BIND_METHOD_NOT_SUPPORTED", refusal.reason());
      assertTrue(refusal.getMessage().contains("portlease run --proxy"));
    }
  }

  @Test
  void aPortThatItsReservationDoesNotCoverNowIsBoundPlainly() throws IOException {
    var how = reservation(BindMethod.BIND_METHOD_ASSOCIATE, 0);
    try (ServerSocketChannel server = PortBinding.listen(how, loopback(port), 0)) {
      assertFalse(server.getOption(StandardSocketOptions.SO_REUSEPORT));
    }
  }
}
