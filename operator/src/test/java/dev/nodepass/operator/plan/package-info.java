/** Plans against golden files, and what holds for all of them. */
@NullMarked
package dev.nodepass.operator.plan;

import org.jspecify.annotations.NullMarked;
