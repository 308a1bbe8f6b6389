/** Certificates in files, and what a client offers. */
@NullMarked
package dev.nodepass.runtime.tls;

import org.jspecify.annotations.NullMarked;
