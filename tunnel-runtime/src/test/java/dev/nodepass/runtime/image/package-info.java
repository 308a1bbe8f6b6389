/** The container images: their files, and what they do in a real engine. */
@NullMarked
package dev.nodepass.runtime.image;

import org.jspecify.annotations.NullMarked;
