package dev.nodepass.runtime.listen;

import java.net.InetSocketAddress;

/**
 * Who a user is and what the user reached: what the connection says, or a balancer before it.
 *
 * @param from the user
 * @param to the address that the user reached
 */
public record Addressed(InetSocketAddress from, InetSocketAddress to) {}
