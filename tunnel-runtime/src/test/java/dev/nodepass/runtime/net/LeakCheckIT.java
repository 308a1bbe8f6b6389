package dev.nodepass.runtime.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.PooledByteBufAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The check of the other tests is checked: the leak that it logs here is meant. */
@ExtendWith(LeakCheck.class)
class LeakCheckIT {
  @Test
  void aForgottenBufferIsReportedOnce() {
    forgetOne();

    assertEquals(1, LeakCheck.found().size());
    assertTrue(LeakCheck.found().isEmpty());
  }

  private static void forgetOne() {
    PooledByteBufAllocator.DEFAULT.directBuffer(16).writeByte(1);
  }
}
