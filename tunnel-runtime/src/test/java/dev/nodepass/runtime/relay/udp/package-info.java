/** Tests of datagrams on data connections. */
@NullMarked
package dev.nodepass.runtime.relay.udp;

import org.jspecify.annotations.NullMarked;
