/** The definition that is generated, and its rules. */
@NullMarked
package dev.nodepass.crds;

import org.jspecify.annotations.NullMarked;
