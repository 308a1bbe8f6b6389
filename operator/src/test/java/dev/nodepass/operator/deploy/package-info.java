/**
 * Keeps deploy/ true: what people install agrees with the code, and its forms with one another.
 * XTest read files; XIT ask kubectl and helm, which deploy/e2e/cluster/build.sh makes.
 */
@NullMarked
package dev.nodepass.operator.deploy;

import org.jspecify.annotations.NullMarked;
