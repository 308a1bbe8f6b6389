package dev.nodepass.runtime.pool;

/** A connection that can lie idle in a pool until somebody claims it. */
public interface Pooled {
  /**
   * Makes the caller its only user. Callable from every thread.
   *
   * @return false when somebody else was faster, or the connection is dead
   */
  boolean claim();

  /** The number of the loop that owns it. */
  int loop();
}
