package dev.nodepass.operator.observe;

import dev.nodepass.operator.status.RuntimeState;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;

/** Asks pods how they are. */
public interface RuntimeReader {

  /** What those say that answer, in the order of the pods. Never fails; may take seconds. */
  List<RuntimeState> read(List<Pod> pods);
}
