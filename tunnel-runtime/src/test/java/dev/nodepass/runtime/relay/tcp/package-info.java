/** Tests of the TCP relay: one contract, run on each transport. */
@NullMarked
package dev.nodepass.runtime.relay.tcp;

import org.jspecify.annotations.NullMarked;
