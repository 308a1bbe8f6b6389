package dev.nodepass.runtime.config;

import dev.nodepass.runtime.identity.SharedKey;
import java.util.List;

/** Which settings of identity and trust go together. Stateless. */
final class IdentityRules {
  private static final List<Setting> CLIENT_ONLY =
      List.of(Setting.NAME, Setting.PIN, Setting.CA, Setting.TLS_HOST);
  private static final List<Setting> SERVER_ONLY =
      List.of(Setting.CLIENT_CA, Setting.PORTS, Setting.ALLOW_CLIENTS, Setting.PEERS);

  private IdentityRules() {}

  static void check(Settings settings) throws InvalidInputException {
    boolean client = settings.role() == Role.CLIENT;
    for (Setting setting : client ? SERVER_ONLY : CLIENT_ONLY) {
      if (settings.sources().get(setting) == Settings.Source.URL) {
        throw new InvalidInputException(
            "URL option %s: it is for %s only; leave it out here"
                .formatted(setting.query(), client ? "servers" : "clients"));
      }
    }
    Trust trust = settings.trust();
    if (trust.certificate().isPresent() != trust.certificateKey().isPresent()) {
      throw new InvalidInputException(
          "URL options cert and cert-key: only one of them is given; a certificate needs its private"
              + " key, for example ?cert=/etc/nodepass/tls.crt&cert-key=/etc/nodepass/tls.key");
    }
    if (trust.host().isPresent() && trust.ca().isEmpty()) {
      throw new InvalidInputException(
          "URL option host: a name is checked only where authorities are trusted; add"
              + " ca=/etc/nodepass/ca.pem or ca=system");
    }
    checkKey(settings, client);
  }

  private static void checkKey(Settings settings, boolean client) throws InvalidInputException {
    Identity identity = settings.identity();
    if (client && identity.key().isPresent() && identity.keyFile().isPresent()) {
      throw new InvalidInputException(
          "key and key-file: a client has one key; leave one of them out");
    }
    boolean known =
        client ? settings.trust().verifiesServer() : settings.trust().certificate().isPresent();
    if (identity.key().isPresent() && identity.key().get().isGuessable() && !known) {
      throw new InvalidInputException(
          ("key: it has fewer than %d characters, so that whoever pretends to be the server could"
                  + " guess it; 'nodepass key' prints a good one%s")
              .formatted(
                  SharedKey.LEAST_LENGTH,
                  client ? ", or say who the server is by pin= or ca=" : ", or give cert="));
    }
  }
}
