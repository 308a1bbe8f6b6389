/** What is told as Events. */
@NullMarked
package dev.nodepass.operator.event;

import org.jspecify.annotations.NullMarked;
