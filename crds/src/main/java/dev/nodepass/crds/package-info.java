/**
 * The resource NodePassTunnel (group {@code nodepass.dev}, version {@code v1alpha1}) as Java types,
 * from which its CustomResourceDefinition is generated. Every description here is what {@code
 * kubectl explain} shows.
 *
 * <p>Data only: immutable, of no thread, knows nothing of the operator. What a manifest leaves out
 * arrives as null, and the constructors put the default of the schema in its place, so that
 * resources which no API server has seen are whole as well. What may still be null says so.
 */
@NullMarked
package dev.nodepass.crds;

import org.jspecify.annotations.NullMarked;
