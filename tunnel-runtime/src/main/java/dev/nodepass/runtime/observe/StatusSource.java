package dev.nodepass.runtime.observe;

/** A tunnel that can say how it is. Callable from every thread. */
@FunctionalInterface
public interface StatusSource {
  /** As of now. */
  TunnelStatus status();
}
