/** What the operator is set up with, and how its parts are put together. */
@NullMarked
package dev.nodepass.operator.setup;

import org.jspecify.annotations.NullMarked;
