package dev.nodepass.operator.status;

import dev.nodepass.operator.plan.Problem;
import java.util.List;

/**
 * What came of the attempt to make a tunnel as it should be.
 *
 * @param problems of the resource: nothing was applied then
 * @param taken resources of others that have names which the tunnel needs: nothing was applied then
 * @param refused what the API server refused, with its words
 * @param leftovers resources of a deleted tunnel of this name, which have to go first: nothing was
 *     applied then
 */
public record Attempt(
    List<Problem> problems, List<String> taken, List<String> refused, List<String> leftovers) {
  public Attempt {
    problems = List.copyOf(problems);
    taken = List.copyOf(taken);
    refused = List.copyOf(refused);
    leftovers = List.copyOf(leftovers);
  }

  /** All is as planned, as far as the API server is concerned. */
  public static final Attempt WELL = new Attempt(List.of(), List.of(), List.of(), List.of());

  /** The resource has to be corrected. */
  public static Attempt invalid(List<Problem> problems) {
    return new Attempt(problems, List.of(), List.of(), List.of());
  }

  /** Names belong to others. */
  public static Attempt taken(List<String> taken) {
    return new Attempt(List.of(), taken, List.of(), List.of());
  }

  /** The API server did not take all. */
  public static Attempt refused(List<String> refused) {
    return new Attempt(List.of(), List.of(), refused, List.of());
  }

  /** A deleted tunnel of this name is not gone yet. */
  public static Attempt waiting(List<String> leftovers) {
    return new Attempt(List.of(), List.of(), List.of(), leftovers);
  }
}
