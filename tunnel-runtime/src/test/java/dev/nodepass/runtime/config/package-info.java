/** What a person may write, and the answer to what is wrong. */
@NullMarked
package dev.nodepass.runtime.config;

import org.jspecify.annotations.NullMarked;
