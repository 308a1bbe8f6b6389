package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** How the two sides prove who they are. */
@ValidationRule(
    value = "self.type != 'None' || !has(self.secret)",
    message = "auth.type None means no key, so auth.secret must not be given")
@ValidationRule(
    value =
        "duration(self.overlap) >= duration('0s') && duration(self.overlap) <= duration('8760h')",
    message = "auth.overlap must be from 0s to 8760h (a year)")
public record Auth(
    @Default("Key")
        @JsonPropertyDescription(
            "Key: both sides prove that they have the same key. None: no key; use it only with"
                + " certificates (tls), or in a network that is closed anyway.")
        AuthType type,
    @JsonPropertyDescription(
            "The Secret with the keys. If absent, the operator makes a key and names its Secret in"
                + " status.joinSecret; copy that Secret to the cluster of the other side and name it"
                + " there.")
        @Nullable KeySecret secret,
    @Size(min = 1, max = 64)
        @Pattern("^[A-Za-z0-9._-]+$")
        @JsonPropertyDescription(
            "Client: which of several keys in the Secret it uses, by name; the last one if absent."
                + " Without a key it is the name that the client gives.")
        @Nullable String name,
    @Default("1")
        @Min(1)
        @Max(1000000000)
        @JsonPropertyDescription(
            "Raise this number to have the operator make a new key. The old one goes on being good"
                + " for the time of overlap; no pod is restarted.")
        Integer generation,
    @Default(Auth.OVERLAP)
        @Size(max = 32)
        @Pattern(Timeouts.DURATION)
        @JsonPropertyDescription(
            "How long the key before stays good when the operator has made a new one. 0s takes it"
                + " away at once: for a key that was stolen.")
        String overlap) {

  static final String OVERLAP = "24h";
  static final Auth DEFAULT = new Auth(AuthType.KEY, null, null, 1, OVERLAP);

  public Auth {
    type = type == null ? AuthType.KEY : type;
    generation = generation == null ? 1 : generation;
    overlap = overlap == null ? OVERLAP : overlap;
  }
}
