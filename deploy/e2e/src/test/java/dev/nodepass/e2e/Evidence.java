package dev.nodepass.e2e;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * Prints, when a scenario fails, what the cluster looks like then, and leaves out those that
 * follow: each begins where the one before ended.
 */
final class Evidence implements TestExecutionExceptionHandler, ExecutionCondition {
  private static final String[] QUESTIONS = {
    "kubectl get npt,pods,services,endpoints,deployments,secrets -A -o wide",
    "kubectl describe npt -A",
    "kubectl get events -A --sort-by=.lastTimestamp | tail -n 60",
    "kubectl describe pods -l app.kubernetes.io/name=nodepass | tail -n 150",
    "kubectl logs -n nodepass-system -l app.kubernetes.io/name=nodepass-operator --tail=100 --prefix",
    "kubectl logs -l app.kubernetes.io/name=nodepass --tail=60 --prefix",
  };

  private boolean failed;

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return failed
        ? ConditionEvaluationResult.disabled("left out: a scenario before it failed")
        : ConditionEvaluationResult.enabled("none has failed");
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    failed = true;
    System.out.println("== " + context.getDisplayName() + " failed: " + failure);
    for (String question : QUESTIONS) {
      System.out.println("-- " + question);
      System.out.println(Shell.run(question + " || true").output());
    }
    throw failure;
  }
}
