/** The sizing function, the idle pool and the waiting room, without sockets. */
@NullMarked
package dev.nodepass.runtime.pool;

import org.jspecify.annotations.NullMarked;
