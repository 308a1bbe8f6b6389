package dev.nodepass.runtime.net;

import io.netty.channel.ChannelException;
import io.netty.handler.codec.CodecException;
import org.jboss.logging.Logger;

/**
 * Tells mistakes of this program from what a network does. A connection on which something goes
 * wrong is closed either way; a mistake is also logged, with its trace, for whoever mends it.
 */
public final class Defects {
  private static final Logger LOG = Logger.getLogger(Defects.class);

  private Defects() {}

  /** Logs what a pipeline has caught if it is one. From every thread. */
  public static void note(Throwable caught) {
    Throwable cause =
        caught instanceof CodecException && caught.getCause() != null ? caught.getCause() : caught;
    if (isDefect(cause)) {
      LOG.error("this is a defect; the connection was closed", cause);
    }
  }

  private static boolean isDefect(Throwable cause) {
    return cause instanceof Error
        || (cause instanceof RuntimeException
            && !(cause instanceof CodecException)
            && !(cause instanceof ChannelException));
  }
}
