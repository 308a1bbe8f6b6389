package dev.nodepass.runtime.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the README promises to users of NodePass is accepted as it stands there. */
class ReadmeExamplesTest {
  @ParameterizedTest
  @CsvSource({
    "server://0.0.0.0:10101/0.0.0.0:8080,                 SERVER, 0.0.0.0:10101,             0.0.0.0:8080,       INFO",
    "client://nodepass-server:10101/127.0.0.1:8080,       CLIENT, nodepass-server:10101,     127.0.0.1:8080,     INFO",
    "server://10.1.0.1:10101/10.1.0.1:8080?log=debug,     SERVER, 10.1.0.1:10101,            10.1.0.1:8080,      DEBUG",
    "client://10.1.0.1:10101/127.0.0.1:8080?log=info,     CLIENT, 10.1.0.1:10101,            127.0.0.1:8080,     INFO",
    "server://0.0.0.0:10101/127.0.0.1:8080?log=debug,     SERVER, 0.0.0.0:10101,             127.0.0.1:8080,     DEBUG",
    "server://10.1.0.1:10101/10.1.0.1:5432?log=info,      SERVER, 10.1.0.1:10101,            10.1.0.1:5432,      INFO",
    "client://server.example.com:10101/127.0.0.1:8080,    CLIENT, server.example.com:10101,  127.0.0.1:8080,     INFO",
    "client://10.1.0.1:10101/127.0.0.1:3000?log=debug,    CLIENT, 10.1.0.1:10101,            127.0.0.1:3000,     DEBUG",
    "client://server.example.com:10101/db.internal:5432,  CLIENT, server.example.com:10101,  db.internal:5432,   INFO",
    "server://:10101/127.0.0.1:5432,                      SERVER, :10101,                    127.0.0.1:5432,     INFO",
    "server://0.0.0.0:10101/127.0.0.1:8081?log=warn,      SERVER, 0.0.0.0:10101,             127.0.0.1:8081,     WARN",
    "client://service-a:10101/127.0.0.1:8082,             CLIENT, service-a:10101,           127.0.0.1:8082,     INFO",
    "client://service-a:10101/127.0.0.1:8083,             CLIENT, service-a:10101,           127.0.0.1:8083,     INFO",
    "server://0.0.0.0:10101/127.0.0.1:8888?log=info,      SERVER, 0.0.0.0:10101,             127.0.0.1:8888,     INFO",
    "client://mgmt.example.com:10101/127.0.0.1:80,        CLIENT, mgmt.example.com:10101,    127.0.0.1:80,       INFO",
    "server://0.0.0.0:10101/api.production:443?log=warn,  SERVER, 0.0.0.0:10101,             api.production:443, WARN",
    "client://tunnel.example.com:10101/127.0.0.1:3000,    CLIENT, tunnel.example.com:10101,  127.0.0.1:3000,     INFO",
    "client://tunnel.example.com:10101/127.0.0.1:3001,    CLIENT, tunnel.example.com:10101,  127.0.0.1:3001,     INFO",
    "server://0.0.0.0:10101/web-service:80?log=info,      SERVER, 0.0.0.0:10101,             web-service:80,     INFO",
    "client://nodepass-server:10101/127.0.0.1:8080?log=info, CLIENT, nodepass-server:10101,  127.0.0.1:8080,     INFO",
    "server://10.1.0.1:10101/10.1.0.1:8080?log=error,     SERVER, 10.1.0.1:10101,            10.1.0.1:8080,      ERROR",
    "server://10.1.0.1:10101/10.1.0.1:8080?log=fatal,     SERVER, 10.1.0.1:10101,            10.1.0.1:8080,      FATAL",
  })
  void anExampleIsAccepted(String url, Role role, String tunnel, String target, LogLevel level)
      throws InvalidInputException {
    SettingsParser.Parsed parsed = SettingsParser.parse(url, Map.of());

    Settings settings = parsed.settings();
    assertEquals(role, settings.role());
    assertEquals(tunnel, settings.tunnel().toString());
    assertEquals(target, settings.target().toString());
    assertEquals(level, settings.logLevel());
    assertEquals(url, settings.url());
    assertEquals(List.of(), parsed.warnings());
  }

  @ParameterizedTest
  @CsvSource({
    "SEMAPHORE_LIMIT=2048,                                     2048, 16, 1024, 8192,  PT5S,  PT5S,  PT5S, PT5S",
    "MIN_POOL_CAPACITY=32 MAX_POOL_CAPACITY=512,               1024, 32, 512,  8192,  PT5S,  PT5S,  PT5S, PT5S",
    "MIN_POOL_CAPACITY=32 MAX_POOL_CAPACITY=2048,              1024, 32, 2048, 8192,  PT5S,  PT5S,  PT5S, PT5S",
    "MAX_POOL_CAPACITY=4096,                                   1024, 16, 4096, 8192,  PT5S,  PT5S,  PT5S, PT5S",
    "UDP_DATA_BUF_SIZE=16384 UDP_READ_TIMEOUT=10s,             1024, 16, 1024, 16384, PT10S, PT5S,  PT5S, PT5S",
    "REPORT_INTERVAL=10s SERVICE_COOLDOWN=3s SHUTDOWN_TIMEOUT=10s, 1024, 16, 1024, 8192, PT5S, PT10S, PT3S, PT10S",
    "MIN_POOL_CAPACITY=64 MAX_POOL_CAPACITY=4096 SEMAPHORE_LIMIT=8192 REPORT_INTERVAL=2s, 8192, 64, 4096, 8192, PT5S, PT2S, PT5S, PT5S",
    "MIN_POOL_CAPACITY=32 MAX_POOL_CAPACITY=1024 SEMAPHORE_LIMIT=2048 REPORT_INTERVAL=1s, 2048, 32, 1024, 8192, PT5S, PT1S, PT5S, PT5S",
    "MIN_POOL_CAPACITY=8 MAX_POOL_CAPACITY=256 SEMAPHORE_LIMIT=512 REPORT_INTERVAL=10s, 512, 8, 256, 8192, PT5S, PT10S, PT5S, PT5S",
  })
  void aSetOfVariablesIsAccepted(
      String variables,
      int semaphore,
      int min,
      int max,
      int buffer,
      String udpTimeout,
      String interval,
      String cooldown,
      String shutdown)
      throws InvalidInputException {
    Map<String, String> environment = Texts.variables(variables);

    SettingsParser.Parsed parsed =
        SettingsParser.parse("client://10.1.0.1:10101/127.0.0.1:3000", environment);

    Settings settings = parsed.settings();
    assertEquals(semaphore, settings.semaphore());
    assertEquals(min, settings.minPool());
    assertEquals(max, settings.maxPool());
    assertEquals(buffer, settings.udpBuffer());
    assertEquals(udpTimeout, settings.udpTimeout().toString());
    assertEquals(interval, settings.interval().toString());
    assertEquals(cooldown, settings.cooldown().toString());
    assertEquals(shutdown, settings.shutdown().toString());
    assertEquals(List.of(), parsed.warnings());
  }
}
