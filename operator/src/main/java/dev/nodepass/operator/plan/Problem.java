package dev.nodepass.operator.plan;

/**
 * Something that a person has to correct.
 *
 * @param field of the resource, such as {@code spec.limits.allowUsers}
 * @param text what is wrong and what would be right
 */
public record Problem(String field, String text) {
  @Override
  public String toString() {
    return field + ": " + text;
  }
}
