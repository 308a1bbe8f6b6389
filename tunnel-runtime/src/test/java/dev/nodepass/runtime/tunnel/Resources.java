package dev.nodepass.runtime.tunnel;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What a test opened; closed after it, the last first, whatever else goes wrong. */
final class Resources implements AfterEachCallback {
  private final List<AutoCloseable> opened = new ArrayList<>();

  <T extends AutoCloseable> T closing(T resource) {
    opened.add(resource);
    return resource;
  }

  @Override
  public void afterEach(ExtensionContext test) throws Exception {
    Throwable first = null;
    for (AutoCloseable resource : opened.reversed()) {
      try {
        resource.close();
      } catch (Exception | AssertionError failed) {
        if (first == null) {
          first = failed;
        }
      }
    }
    opened.clear();
    switch (first) {
      case null -> {}
      case Error error -> throw error;
      default -> throw (Exception) first;
    }
  }
}
