package dev.nodepass.e2e;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** Prints, when a scenario fails, what the cluster looks like then. */
final class Evidence implements TestExecutionExceptionHandler {
  private static final String[] QUESTIONS = {
    "kubectl get npt,pods,services,endpoints,deployments,secrets -A -o wide",
    "kubectl describe npt -A",
    "kubectl get events -A --sort-by=.lastTimestamp | tail -n 60",
    "kubectl describe pods -l app.kubernetes.io/name=nodepass | tail -n 150",
    "kubectl logs -n nodepass-system -l app.kubernetes.io/name=nodepass-operator --tail=100 --prefix",
    "kubectl logs -l app.kubernetes.io/name=nodepass --tail=60 --prefix",
  };

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    System.out.println("== " + context.getDisplayName() + " failed: " + failure);
    for (String question : QUESTIONS) {
      System.out.println("-- " + question);
      System.out.println(Shell.run(question + " || true").output());
    }
    throw failure;
  }
}
