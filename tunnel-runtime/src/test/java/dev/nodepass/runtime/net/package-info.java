/** Tests of sockets, and what other tests need to make some. */
@NullMarked
package dev.nodepass.runtime.net;

import org.jspecify.annotations.NullMarked;
