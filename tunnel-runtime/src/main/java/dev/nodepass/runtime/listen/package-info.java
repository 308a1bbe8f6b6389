/**
 * The listening side of a tunnel: users' connections and datagrams, from accept to the data
 * connection that carries them. The server has it in reverse mode, the client in forward mode.
 *
 * <p>A user's connection lives on its own loop, the UDP port on one. Knows sessions only as {@link
 * dev.nodepass.runtime.listen.Upstream}s, whatever protocol they speak.
 */
@NullMarked
package dev.nodepass.runtime.listen;

import org.jspecify.annotations.NullMarked;
