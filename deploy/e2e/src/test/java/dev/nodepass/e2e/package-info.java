/**
 * The operator from its image, tunnels from theirs, in a real cluster: what a person would see. The
 * cluster is that of KUBECONFIG, with the images already in it.
 */
@NullMarked
package dev.nodepass.e2e;

import org.jspecify.annotations.NullMarked;
