/** Parts of the server, each by itself. */
@NullMarked
package dev.nodepass.runtime.server;

import org.jspecify.annotations.NullMarked;
