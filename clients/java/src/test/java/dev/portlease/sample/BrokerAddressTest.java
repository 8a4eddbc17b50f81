package dev.portlease.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the broker is looked for, and whom is believed about it. */
class BrokerAddressTest {
  @TempDir Path folder;

  private static final long OWN_USER = new com.sun.security.auth.module.UnixSystem().getUid();

  private Path written(String addresses, long processId, String permissions) throws IOException {
    Path file = folder.resolve("broker.json");
    Files.writeString(
        file,
        "{\"version\": \"1\", \"addresses\": %s, \"processId\": %d}"
            .formatted(addresses, processId));
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  private static long ownProcess() {
    return ProcessHandle.current().pid();
  }

  @Test
  void whatTheProgramSaysCountsBeforeTheEnvironmentAndThatBeforeTheDefault() {
    Map<String, String> environment = Map.of("PORTLEASE_ADDRESS", "127.0.0.1:1");
    assertEquals("127.0.0.1:2", BrokerAddress.find("127.0.0.1:2", environment, Optional.empty()));
    assertEquals("127.0.0.1:1", BrokerAddress.find(null, environment, Optional.empty()));
    assertEquals("127.0.0.1:7600", BrokerAddress.find(null, Map.of(), Optional.empty()));
  }

  @Test
  void theFileOfARunningBrokerCounts() throws IOException {
    Path file =
        written(
            "[\"127.0.0.1:7777\", \"unix:/run/portlease/broker.sock\"]", ownProcess(), "rw-r--r--");
    assertEquals(Optional.of("127.0.0.1:7777"), BrokerAddress.read(file, OWN_USER));
  }

  @Test
  void aFileThatOthersMayWriteIsNotBelieved() throws IOException {
    Path file = written("[\"127.0.0.1:7777\"]", ownProcess(), "rw-rw-r--");
    assertEquals(Optional.empty(), BrokerAddress.read(file, OWN_USER));
  }

  @Test
  void aFileOfABrokerThatIsGoneIsNotBelieved() throws IOException {
    Path file = written("[\"127.0.0.1:7777\"]", 999_999_999, "rw-r--r--");
    assertEquals(Optional.empty(), BrokerAddress.read(file, OWN_USER));
  }

  @Test
  void aFileThatLeadsToAnotherHostOrIsNoneIsNotBelieved() throws IOException {
    assertEquals(
        Optional.empty(),
        BrokerAddress.read(written("[\"192.0.2.1:7600\"]", ownProcess(), "rw-r--r--"), OWN_USER));
    assertEquals(
        Optional.empty(), BrokerAddress.read(written("7", ownProcess(), "rw-r--r--"), OWN_USER));
    Files.writeString(folder.resolve("broker.json"), "not JSON");
    assertEquals(Optional.empty(), BrokerAddress.read(folder.resolve("broker.json"), OWN_USER));
    assertEquals(Optional.empty(), BrokerAddress.read(folder.resolve("none.json"), OWN_USER));
  }

  @Test
  void onlyLoopbackAndLocalSocketsStayOnThisHost() {
    for (String address :
        new String[] {"127.0.0.1:7600", "localhost:7600", "[::1]:7600", "unix:/run/broker.sock"}) {
      assertTrue(BrokerAddress.staysOnThisHost(address), address);
    }
    for (String address :
        new String[] {"192.0.2.1:7600", "127.0.0.1.example.org:7600", "localhost.example.org:1"}) {
      assertFalse(BrokerAddress.staysOnThisHost(address), address);
    }
  }
}
