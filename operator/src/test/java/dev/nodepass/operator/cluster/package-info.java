/**
 * A control plane for tests: a real API server and a real controller manager, and in place of nodes
 * a kubelet that says what a test wants. Knows the operator only as a program that it starts.
 */
@NullMarked
package dev.nodepass.operator.cluster;

import org.jspecify.annotations.NullMarked;
