/** What may depend on what. */
@NullMarked
package dev.nodepass.operator.rules;

import org.jspecify.annotations.NullMarked;
