/**
 * Carries out a plan: server-side apply with one field manager, and for keys only creating and
 * deleting. Blocking; runs on reconciler threads. Nothing that a tunnel does not own is touched.
 */
@NullMarked
package dev.nodepass.operator.apply;

import org.jspecify.annotations.NullMarked;
