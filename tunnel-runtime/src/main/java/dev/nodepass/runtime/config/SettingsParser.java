package dev.nodepass.runtime.config;

import dev.nodepass.runtime.identity.SharedKey;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads the command line's URL and the environment into {@link Settings}. The URL's query overrides
 * the environment, which overrides the defaults. Not for more than one use.
 */
public final class SettingsParser {
  private static final String EXAMPLES =
      "server://0.0.0.0:10101/127.0.0.1:8080 or client://example.com:10101/127.0.0.1:8080";

  /** What stands in the URL in place of its key. */
  private static final String HIDDEN_KEY = "***@";

  private static final int MOST_SERVERS = 16;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:-]{1,253}");
  private static final int LONGEST_PATH = 4096;
  private static final Pattern PIN = Pattern.compile("[0-9a-f]{64}");

  private final Map<String, String> environment;
  private final Map<Setting, String> query = new EnumMap<>(Setting.class);
  private final Map<Setting, Settings.Source> sources = new EnumMap<>(Setting.class);
  private final List<String> warnings = new ArrayList<>();
  private String urlKey = "";

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

  private Settings read(String given) throws InvalidInputException {
    // From here on the key is gone from whatever may be shown.
    String url = withoutKey(given);
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
    if (rest.startsWith(HIDDEN_KEY)) {
      rest = rest.substring(HIDDEN_KEY.length());
    }
    int slash = rest.indexOf('/');
    String tunnelText = slash < 0 ? rest : rest.substring(0, slash);
    String targetText = slash < 0 ? "" : rest.substring(slash + 1);
    List<HostPort> tunnels = tunnels(role, tunnelText);
    if (targetText.isEmpty()) {
      throw new InvalidInputException(
          "target address: it is missing from '%s': write it after the tunnel address, for example %s://%s/127.0.0.1:8080"
              .formatted(InvalidInputException.printable(url), role.scheme(), tunnels.getFirst()));
    }
    HostPort target = HostPort.parse("target address", targetText, "127.0.0.1:8080");
    Settings settings = settings(url, role, tunnels, target);
    checkRole(settings);
    IdentityRules.check(settings);
    return settings;
  }

  /** Takes the key out of the URL and leaves a mark in its place. */
  private String withoutKey(String url) throws InvalidInputException {
    int colon = url.indexOf("://");
    int at = url.lastIndexOf('@');
    if (at < 0) {
      return url;
    }
    String scheme = colon < 0 || colon > at ? "" : url.substring(0, colon + 3);
    String text = url.substring(scheme.length(), at);
    urlKey = decodeKey(text);
    return scheme + HIDDEN_KEY + url.substring(at + 1);
  }

  private static String decodeKey(String text) throws InvalidInputException {
    String key;
    try {
      key = URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException malformed) {
      throw wrongKey();
    }
    return checkedKey(key);
  }

  private static String checkedKey(String key) throws InvalidInputException {
    if (key.isEmpty() || key.length() > 1024 || !key.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw wrongKey();
    }
    return key;
  }

  private static InvalidInputException wrongKey() {
    // Its value is not repeated.
    return new InvalidInputException(
        "key: it must be 1 to 1024 printable ASCII characters without spaces (in a URL with %25 for"
            + " '%', %2F for '/', %3F for '?', %40 for '@'); 'nodepass key' prints a good one");
  }

  private static List<HostPort> tunnels(Role role, String text) throws InvalidInputException {
    List<HostPort> tunnels = new ArrayList<>();
    for (String one : text.split(",", -1)) {
      HostPort tunnel = HostPort.parse("tunnel address", one, "10.1.0.1:10101");
      if (tunnels.contains(tunnel)) {
        throw InvalidInputException.of(
            "tunnel address", text, "each server once", "a.example.com:10101,b.example.com:10101");
      }
      tunnels.add(tunnel);
    }
    if (role == Role.SERVER && tunnels.size() > 1) {
      throw InvalidInputException.of(
          "tunnel address", text, "one address for a server", "0.0.0.0:10101");
    }
    if (tunnels.size() > MOST_SERVERS) {
      throw InvalidInputException.of(
          "tunnel address",
          tunnels.size() + " servers",
          "up to " + MOST_SERVERS,
          "a.example.com:10101,b.example.com:10101");
    }
    return tunnels;
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
      for (HostPort server : settings.tunnels()) {
        if (server.port() == 0) {
          throw InvalidInputException.of(
              "tunnel address",
              server.toString(),
              "an address that can be dialled",
              "example.com:10101");
        }
      }
      if (target.port() == 0 && settings.mode() != Mode.FORWARD) {
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

  private Settings settings(String url, Role role, List<HostPort> tunnels, HostPort target)
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
        tunnels,
        target,
        logLevel(),
        choice(Setting.LOG_FORMAT, LogFormat.values()),
        choice(Setting.MODE, Mode.values()),
        range(Setting.REMOTE),
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
        identity(),
        trust(),
        limits(),
        protocol2(),
        sources);
  }

  private Identity identity() throws InvalidInputException {
    String variable = text(Setting.KEY);
    String key = urlKey.isEmpty() ? variable.isEmpty() ? "" : checkedKey(variable) : urlKey;
    if (!urlKey.isEmpty()) {
      sources.put(Setting.KEY, Settings.Source.URL);
    }
    String name = text(Setting.NAME);
    if (!name.isEmpty() && !NAME.matcher(name).matches()) {
      throw wrong(Setting.NAME, name, "1 to 64 of A-Z a-z 0-9 . _ -");
    }
    return new Identity(
        key.isEmpty() ? Optional.empty() : Optional.of(SharedKey.of(key)),
        path(Setting.KEY_FILE),
        name.isEmpty() ? Optional.empty() : Optional.of(name));
  }

  private Trust trust() throws InvalidInputException {
    String given = text(Setting.PIN);
    String pin = given.toLowerCase(Locale.ROOT).replace(":", "");
    if (pin.startsWith("sha256")) {
      pin = pin.substring("sha256".length());
    }
    // What is left of a pin may be nothing: that is a wrong one, not none.
    if (!given.isEmpty() && !PIN.matcher(pin).matches()) {
      throw wrong(Setting.PIN, given, "the 64 hex digits that a server with cert= prints");
    }
    String ca = text(Setting.CA);
    String host = text(Setting.TLS_HOST);
    if (!host.isEmpty() && !HOST.matcher(host).matches()) {
      throw wrong(Setting.TLS_HOST, host, "a host name or an address");
    }
    return new Trust(
        path(Setting.TLS_CERT),
        path(Setting.TLS_KEY),
        path(Setting.CLIENT_CA),
        pin.isEmpty() ? Optional.empty() : Optional.of(pin),
        ca.isEmpty()
            ? Optional.empty()
            : Optional.of(
                ca.equals("system")
                    ? new Trust.Authorities.OfJava()
                    : new Trust.Authorities.File(path(Setting.CA, ca))),
        host.isEmpty() ? Optional.empty() : Optional.of(host));
  }

  private Limits limits() throws InvalidInputException {
    return new Limits(
        number(Setting.PER_SOURCE, 0, 1_000_000),
        number(Setting.ACCEPT_RATE, 0, 1_000_000),
        number(Setting.RATE, 0, 100_000),
        networks(Setting.ALLOW),
        networks(Setting.ALLOW_CLIENTS),
        switch (text(Setting.PROXY)) {
          case "off" -> Limits.ProxyVersion.OFF;
          case "1" -> Limits.ProxyVersion.V1;
          case "2" -> Limits.ProxyVersion.V2;
          default -> throw wrong(Setting.PROXY, text(Setting.PROXY), "off, 1 or 2");
        },
        number(Setting.ACCEPT_PROXY, 0, 1) == 1);
  }

  private CidrList networks(Setting setting) throws InvalidInputException {
    String text = text(setting);
    try {
      return text.isEmpty() ? CidrList.ALL : CidrList.parse(text);
    } catch (IllegalArgumentException wrong) {
      throw wrong(
          setting,
          text,
          "a list of networks ("
              + InvalidInputException.shortened(
                  InvalidInputException.printable(String.valueOf(wrong.getMessage())))
              + ")");
    }
  }

  private Protocol2Settings protocol2() throws InvalidInputException {
    return new Protocol2Settings(
        choice(Setting.DATA, Protocol2Settings.DataSecurity.values()),
        number(Setting.REUSE, 1, 1_000_000),
        number(Setting.LANES, 1, 64),
        peers(),
        range(Setting.PORTS),
        number(Setting.LEGACY, 0, 1) == 1,
        udpSession());
  }

  /** Who lets an answer take longer than a flow lasts by default means longer flows. */
  private Duration udpSession() throws InvalidInputException {
    Duration session = duration(Setting.UDP_SESSION, Duration.ofMillis(100), Duration.ofHours(24));
    Duration answer = duration(Setting.UDP_TIMEOUT, Duration.ofMillis(1), Duration.ofHours(1));
    boolean asked = sources.get(Setting.UDP_SESSION) != Settings.Source.DEFAULT;
    return asked || answer.compareTo(session) < 0 ? session : answer;
  }

  private Protocol2Settings.Peers peers() throws InvalidInputException {
    String text = text(Setting.PEERS);
    if (text.startsWith("dns:") && HOST.matcher(text.substring(4)).matches()) {
      return new Protocol2Settings.Peers(1, Optional.of(text.substring(4)));
    }
    if (!text.isEmpty() && text.length() <= 2 && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      int count = Integer.parseInt(text);
      if (count >= 1 && count <= 64) {
        return new Protocol2Settings.Peers(count, Optional.empty());
      }
    }
    throw wrong(Setting.PEERS, text, "a number from 1 to 64, or dns:name");
  }

  private Optional<Path> path(Setting setting) throws InvalidInputException {
    String text = text(setting);
    return text.isEmpty() ? Optional.empty() : Optional.of(path(setting, text));
  }

  private Path path(Setting setting, String text) throws InvalidInputException {
    if (text.length() <= LONGEST_PATH && text.equals(InvalidInputException.printable(text))) {
      try {
        return Path.of(text);
      } catch (InvalidPathException none) {
        // Said below.
      }
    }
    throw wrong(setting, text, "the path of a file");
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
      case KEY -> "…";
      case KEY_FILE -> "/etc/nodepass/keys";
      case NAME -> "alice";
      case PIN -> "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
      case CA, CLIENT_CA -> "/etc/nodepass/ca.pem";
      case TLS_HOST -> "tunnel.example.com";
      case TLS_CERT -> "/etc/nodepass/tls.crt";
      case TLS_KEY -> "/etc/nodepass/tls.key";
      case PORTS -> "20000-20099";
      case ALLOW, ALLOW_CLIENTS -> "10.0.0.0/8,192.168.1.7";
      case PER_SOURCE, ACCEPT_RATE, RATE -> "100";
      case PROXY -> "2";
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

  private PortRange range(Setting setting) throws InvalidInputException {
    String text = text(setting);
    if (text.isEmpty()) {
      return PortRange.DRAWN;
    }
    int dash = text.indexOf('-');
    int first = port(dash < 0 ? text : text.substring(0, dash));
    int last = port(dash < 0 ? text : text.substring(dash + 1));
    if (first < 1 || last < first) {
      throw wrong(
          setting, text, "a port from 1 to 65535, or a range first-last that does not run down");
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
