/**
 * The operator: one reconciler that makes each NodePassTunnel true. Read {@link
 * dev.nodepass.operator.TunnelReconciler} first; it names the steps.
 */
@NullMarked
package dev.nodepass.operator;

import org.jspecify.annotations.NullMarked;
