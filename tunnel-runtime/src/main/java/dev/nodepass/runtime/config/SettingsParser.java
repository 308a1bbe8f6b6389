package dev.nodepass.runtime.config;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the command line's URL and the environment into {@link Settings}. The URL's query overrides
 * the environment, which overrides the defaults. Not for more than one use.
 */
public final class SettingsParser {
  private static final String EXAMPLES =
      "server://0.0.0.0:10101/127.0.0.1:8080 or client://example.com:10101/127.0.0.1:8080";

  private final Map<String, String> environment;
  private final Map<Setting, String> query = new EnumMap<>(Setting.class);
  private final Map<Setting, Settings.Source> sources = new EnumMap<>(Setting.class);
  private final List<String> warnings = new ArrayList<>();

  private SettingsParser(Map<String, String> environment) {
    this.environment = environment;
  }

  /**
   * What came of it.
   *
   * @param settings the checked settings
   * @param warnings lines to log at WARN: what was corrected, and to what
   */
  public record Parsed(Settings settings, List<String> warnings) {
    public Parsed {
      warnings = List.copyOf(warnings);
    }
  }

  /**
   * Reads and checks everything.
   *
   * @throws InvalidInputException for the first thing that a person has to correct
   */
  public static Parsed parse(String url, Map<String, String> environment)
      throws InvalidInputException {
    SettingsParser parser = new SettingsParser(environment);
    Settings settings = parser.read(url);
    return new Parsed(settings, parser.warnings);
  }

  private Settings read(String url) throws InvalidInputException {
    if (!url.equals(url.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", ""))) {
      throw InvalidInputException.of("URL", url, "without control characters", EXAMPLES);
    }
    int colon = url.indexOf("://");
    if (colon < 0) {
      throw InvalidInputException.of("URL", url, "server://… or client://…", EXAMPLES);
    }
    Role role = role(url, url.substring(0, colon));
    String rest = url.substring(colon + 3);
    int hash = rest.indexOf('#');
    if (hash >= 0) {
      throw InvalidInputException.of("URL", url, "without a fragment ('#…')", EXAMPLES);
    }
    int mark = rest.indexOf('?');
    if (mark >= 0) {
      readQuery(rest.substring(mark + 1));
      rest = rest.substring(0, mark);
    }
    int slash = rest.indexOf('/');
    String tunnelText = slash < 0 ? rest : rest.substring(0, slash);
    String targetText = slash < 0 ? "" : rest.substring(slash + 1);
    if (tunnelText.indexOf('@') >= 0) {
      // The value may be a key: it is not repeated.
      throw new InvalidInputException(
          "tunnel address: a key in the URL (key@host:port) needs protocol 2, which this version does"
              + " not speak yet; leave the key out, for example "
              + role.scheme()
              + "://example.com:10101/127.0.0.1:8080");
    }
    HostPort tunnel = HostPort.parse("tunnel address", tunnelText, "10.1.0.1:10101");
    if (targetText.isEmpty()) {
      throw new InvalidInputException(
          "target address: it is missing from '%s': write it after the tunnel address, for example %s://%s/127.0.0.1:8080"
              .formatted(InvalidInputException.printable(url), role.scheme(), tunnel));
    }
    HostPort target = HostPort.parse("target address", targetText, "127.0.0.1:8080");
    Settings settings = settings(url, role, tunnel, target);
    checkRole(settings);
    return settings;
  }

  private static Role role(String url, String scheme) throws InvalidInputException {
    for (Role role : Role.values()) {
      if (role.scheme().equals(scheme.toLowerCase(Locale.ROOT))) {
        return role;
      }
    }
    throw InvalidInputException.of(
        "URL scheme", scheme.isEmpty() ? url : scheme, "server or client", EXAMPLES);
  }

  private static void checkRole(Settings settings) throws InvalidInputException {
    HostPort tunnel = settings.tunnel();
    HostPort target = settings.target();
    if (settings.role() == Role.CLIENT) {
      if (tunnel.port() == 0) {
        throw InvalidInputException.of(
            "tunnel address",
            tunnel.toString(),
            "an address that can be dialled",
            "example.com:10101");
      }
      if (target.port() == 0) {
        throw InvalidInputException.of(
            "target address",
            target.toString(),
            "an address that can be dialled",
            "127.0.0.1:8080");
      }
    } else if (settings.mode() != Mode.FORWARD
        && tunnel.port() != 0
        && tunnel.port() == target.port()
        && surelyOverlap(tunnel, target)) {
      throw InvalidInputException.of(
          "target address",
          target.toString(),
          "another port than the tunnel address",
          target.withPort(8080).toString());
    }
  }

  /** A target on another machine, which is dialled, may have the same port. */
  private static boolean surelyOverlap(HostPort tunnel, HostPort target) {
    return target.isWildcard()
        || target.host().equals(tunnel.host())
        || (tunnel.isWildcard() && (target.host().equals("localhost") || target.isLoopback()));
  }

  private void readQuery(String text) throws InvalidInputException {
    for (String pair : text.split("&", -1)) {
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      String name = decode(equals < 0 ? pair : pair.substring(0, equals));
      String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
      Optional<Setting> setting = Setting.ofQuery(name);
      if (setting.isEmpty()) {
        Setting near = NearestName.of(name);
        throw InvalidInputException.of(
            "URL option",
            name,
            "a known option (did you mean '" + near.query() + "'?)",
            "?" + near.query() + "=" + example(near));
      }
      if (query.putIfAbsent(setting.get(), value) != null) {
        throw InvalidInputException.of(
            "URL option", name, "given once", "?" + name + "=" + example(setting.get()));
      }
    }
  }

  private static String decode(String text) throws InvalidInputException {
    try {
      // A plus sign stands for itself: only %20 is a space here.
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException malformed) {
      throw InvalidInputException.of(
          "URL option", text, "text in which '%' stands before two hex digits", "?log=debug");
    }
  }

  private Settings settings(String url, Role role, HostPort tunnel, HostPort target)
      throws InvalidInputException {
    int min = number(Setting.MIN, 1, 65535);
    int max = number(Setting.MAX, 1, 65535);
    if (min > max) {
      warnings.add(
          "%s (%d) is larger than %s (%d): they were swapped"
              .formatted(named(Setting.MIN), min, named(Setting.MAX), max));
      int swap = min;
      min = max;
      max = swap;
    }
    return new Settings(
        url,
        role,
        tunnel,
        target,
        logLevel(),
        choice(Setting.LOG_FORMAT, LogFormat.values()),
        choice(Setting.MODE, Mode.values()),
        remote(),
        min,
        max,
        number(Setting.SEMAPHORE, 1, 1_000_000),
        number(Setting.UDP_BUFFER, 1, 65_507),
        duration(Setting.UDP_TIMEOUT, Duration.ofMillis(1), Duration.ofHours(1)),
        duration(Setting.INTERVAL, Duration.ofMillis(100), Duration.ofHours(1)),
        duration(Setting.COOLDOWN, Duration.ofMillis(100), Duration.ofHours(1)),
        duration(Setting.SHUTDOWN, Duration.ZERO, Duration.ofHours(24)),
        duration(Setting.DRAIN_DELAY, Duration.ZERO, Duration.ofHours(1)),
        http(),
        sources);
  }

  /** The text of a setting, from the first source that has it. An empty variable is not set. */
  private String text(Setting setting) {
    String inUrl = query.get(setting);
    if (inUrl != null) {
      sources.put(setting, Settings.Source.URL);
      return inUrl;
    }
    String inEnvironment = environment.getOrDefault(setting.variable(), "");
    if (!inEnvironment.isEmpty()) {
      sources.put(setting, Settings.Source.ENVIRONMENT);
      return inEnvironment.trim();
    }
    sources.put(setting, Settings.Source.DEFAULT);
    return setting.defaultText();
  }

  /** The setting's name where the value came from, so that the reader knows what to correct. */
  private String named(Setting setting) {
    return sources.get(setting) == Settings.Source.ENVIRONMENT
        ? setting.variable()
        : setting.query();
  }

  private InvalidInputException wrong(Setting setting, String value, String allowed) {
    boolean variable = sources.get(setting) == Settings.Source.ENVIRONMENT;
    return InvalidInputException.of(
        (variable ? "variable " : "URL option ") + named(setting),
        value,
        allowed,
        variable
            ? setting.variable() + "=" + example(setting)
            : "?" + setting.query() + "=" + example(setting));
  }

  private static String example(Setting setting) {
    return switch (setting) {
      case REMOTE -> "10102-10110";
      case HTTP -> "127.0.0.1:9000";
      case LOG -> "debug";
      case MODE -> "reverse";
      default -> setting.defaultText();
    };
  }

  private int number(Setting setting, int least, int most) throws InvalidInputException {
    String text = text(setting);
    if (!text.isEmpty() && text.length() <= 9 && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      int value = Integer.parseInt(text);
      if (value >= least && value <= most) {
        return value;
      }
    }
    throw wrong(setting, text, "a whole number from " + least + " to " + most);
  }

  private Duration duration(Setting setting, Duration least, Duration most)
      throws InvalidInputException {
    String text = text(setting);
    return GoDuration.parse(text)
        .filter(d -> d.compareTo(least) >= 0 && d.compareTo(most) <= 0)
        .orElseThrow(
            () ->
                wrong(
                    setting,
                    text,
                    "a duration with a unit (ms, s, m, h) from %s to %s"
                        .formatted(GoDuration.format(least), GoDuration.format(most))));
  }

  private <E extends Enum<E>> E choice(Setting setting, E[] values) throws InvalidInputException {
    String text = text(setting);
    for (E value : values) {
      if (value.name().equalsIgnoreCase(text)) {
        return value;
      }
    }
    throw wrong(setting, text, "one of " + setting.allowed().replace("|", ", "));
  }

  /** The one setting whose wrong value is only warned of, because the Go program takes any. */
  private LogLevel logLevel() {
    String text = text(Setting.LOG);
    for (LogLevel level : LogLevel.values()) {
      if (level.name().equalsIgnoreCase(text)) {
        return level;
      }
    }
    warnings.add(
        wrong(Setting.LOG, text, "one of " + Setting.LOG.allowed().replace("|", ", ")).getMessage()
            + "; info is used");
    return LogLevel.INFO;
  }

  private PortRange remote() throws InvalidInputException {
    String text = text(Setting.REMOTE);
    if (text.isEmpty()) {
      return PortRange.DRAWN;
    }
    int dash = text.indexOf('-');
    int first = port(dash < 0 ? text : text.substring(0, dash));
    int last = port(dash < 0 ? text : text.substring(dash + 1));
    if (first < 1 || last < first) {
      throw wrong(
          Setting.REMOTE,
          text,
          "a port from 1 to 65535, or a range first-last that does not run down");
    }
    return new PortRange(first, last);
  }

  private ManagementAddress http() throws InvalidInputException {
    String text = text(Setting.HTTP);
    if (text.isEmpty()) {
      return ManagementAddress.DEFAULT;
    }
    if (text.equals("off")) {
      return ManagementAddress.OFF;
    }
    int bare = port(text);
    if (bare >= 0) {
      return new ManagementAddress(new HostPort("127.0.0.1", bare), false);
    }
    try {
      return new ManagementAddress(HostPort.parse("http", text, "127.0.0.1:9000"), false);
    } catch (InvalidInputException notAnAddress) {
      throw wrong(Setting.HTTP, text, "off, a port, or host:port");
    }
  }

  /** A port number, or -1 when the text is none. */
  private static int port(String text) {
    if (text.isEmpty() || text.length() > 5 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return -1;
    }
    int number = Integer.parseInt(text);
    return number <= 65535 ? number : -1;
  }
}
