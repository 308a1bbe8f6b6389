package dev.nodepass.operator.plan;

/**
 * What the operator was set up with, and what the cluster can do.
 *
 * @param image of the tunnel, where the resource names none
 * @param version of the operator, for labels
 * @param operatorNamespace whence the operator reads the pods' status
 * @param podMonitors the cluster has the API of the Prometheus Operator
 * @param certificates the cluster has the API of cert-manager
 */
public record Surroundings(
    String image,
    String version,
    String operatorNamespace,
    boolean podMonitors,
    boolean certificates) {}
