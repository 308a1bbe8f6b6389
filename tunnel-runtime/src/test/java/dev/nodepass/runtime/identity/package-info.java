/** Keys, proofs and tickets. */
@NullMarked
package dev.nodepass.runtime.identity;

import org.jspecify.annotations.NullMarked;
