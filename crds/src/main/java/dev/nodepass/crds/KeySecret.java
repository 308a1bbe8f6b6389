package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** A Secret with keys. */
@ValidationRule(
    value = "self.entries.all(e, e.matches('^[-_A-Za-z0-9][-._A-Za-z0-9]*$') && e.size() <= 253)",
    message =
        "auth.secret.entries must be names of entries of a Secret: letters, digits, '-', '_' and"
            + " '.', not beginning with '.'")
public record KeySecret(
    @Required
        @Size(min = 1, max = 253)
        @JsonPropertyDescription(
            "Name of the Secret, in the namespace of the tunnel. It is read again when it changes.")
        String name,
    @Default("[\"keys\"]")
        @Size(min = 1, max = 64)
        @JsonPropertyDescription(
            "The entries of the Secret that hold keys. Each is text of lines 'name key [not-after]',"
                + " the key of at least 20 characters ('nodepass key' prints one), the time as"
                + " 2027-01-31T00:00:00Z. A server takes clients with any of these keys.")
        List<String> entries) {

  /** The entry that holds keys where none is named. */
  public static final String ENTRY = "keys";

  public KeySecret {
    entries = entries == null ? List.of(ENTRY) : List.copyOf(entries);
  }
}
