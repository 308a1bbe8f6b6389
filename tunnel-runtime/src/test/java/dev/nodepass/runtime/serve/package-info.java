/** Who is served when. */
@NullMarked
package dev.nodepass.runtime.serve;

import org.jspecify.annotations.NullMarked;
