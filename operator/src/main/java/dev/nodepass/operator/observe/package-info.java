/**
 * Gathers how a tunnel is: from watched resources, and from the pods' management ports. Runs on
 * reconciler threads and waits for pods for seconds at most.
 */
@NullMarked
package dev.nodepass.operator.observe;

import org.jspecify.annotations.NullMarked;
