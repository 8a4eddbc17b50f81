package dev.portlease.sample;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the broker is: what the program says, else PORTLEASE_ADDRESS, else what the broker of this
 * host wrote into broker.json, else 127.0.0.1:7600. Holder keys and tokens go to whoever listens
 * there, so a file counts only when this user or root wrote it, nobody else can, it names loopback,
 * and the process that wrote it still runs. On Windows, where the JDK has no simple way to tell
 * that, the file is left alone: set PORTLEASE_ADDRESS there.
 */
final class BrokerAddress {
  static final String DEFAULT = "127.0.0.1:7600";
  private static final Path OF_HOST = Path.of("/run/portlease/broker.json");
  private static final int GROUP_OR_OTHERS_WRITE = 0022;

  private BrokerAddress() {}

  /**
   * @param option what the program says; {@code null}: nothing
   * @param userId the user id of this process; empty on Windows
   */
  static String find(String option, Map<String, String> environment, Optional<Long> userId) {
    if (option != null) {
      return option;
    }
    String fromEnvironment = environment.getOrDefault("PORTLEASE_ADDRESS", "");
    if (!fromEnvironment.isEmpty()) {
      return fromEnvironment;
    }
    return userId
        .flatMap(
            user ->
                places(environment, user).stream()
                    .flatMap(file -> read(file, user).stream())
                    .findFirst())
        .orElse(DEFAULT);
  }

  /** True where nothing of a call leaves this host. */
  static boolean staysOnThisHost(String address) {
    if (address.startsWith("unix:")) {
      return true;
    }
    String host = URI.create("grpc://" + address).getHost();
    return host != null
        && (host.equals("localhost") || host.equals("[::1]") || host.matches("127(\\.\\d+){3}"));
  }

  /**
   * This user's broker before the host's. Root looks at the host's alone: with sudo the variable
   * may be the calling user's.
   */
  private static List<Path> places(Map<String, String> environment, long userId) {
    List<Path> places = new ArrayList<>();
    String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    if (userId != 0 && runtime.startsWith("/")) {
      places.add(Path.of(runtime, "portlease", "broker.json"));
    }
    places.add(OF_HOST);
    return places;
  }

  /** Empty for no file, and for one that is not believed. */
  static Optional<String> read(Path file, long userId) {
    try {
      var facts = Files.readAttributes(file, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
      int owner = (Integer) facts.get("uid");
      int mode = (Integer) facts.get("mode");
      if ((owner != 0 && owner != userId) || (mode & GROUP_OR_OTHERS_WRITE) != 0) {
        return Optional.empty();
      }
      Struct.Builder content = Struct.newBuilder();
      JsonFormat.parser().merge(Files.readString(file), content);
      Map<String, Value> fields = content.getFieldsMap();
      long processId =
          (long) fields.getOrDefault("processId", Value.getDefaultInstance()).getNumberValue();
      if (ProcessHandle.of(processId).isEmpty()) {
        return Optional.empty();
      }
      return fields
          .getOrDefault("addresses", Value.getDefaultInstance())
          .getListValue()
          .getValuesList()
          .stream()
          .map(Value::getStringValue)
          .filter(BrokerAddress::staysOnThisHost)
          .findFirst();
    } catch (InvalidProtocolBufferException | IllegalArgumentException notOurs) {
      return Optional.empty();
    } catch (IOException absent) {
      return Optional.empty();
    }
  }
}
