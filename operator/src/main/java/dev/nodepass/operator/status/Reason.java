package dev.nodepass.operator.status;

/** Why a condition is as it is, for programs. The words are part of the API. */
public enum Reason {
  /** Ready: a session is up and users can be served. */
  TRAFFIC_PASSES("TrafficPasses"),
  /** Pods are on their way. */
  STARTING("Starting"),
  /** Available: pods run, and clients can dial. */
  PODS_RUN("PodsRun"),
  /** The load balancer has no address yet. */
  ENDPOINT_PENDING("EndpointPending"),
  /** Pods are being exchanged. */
  ROLLING_OUT("RollingOut"),
  /** All pods are as they should be. */
  COMPLETE("Complete"),
  /** The cluster does not let the pods be made. */
  STALLED("Stalled"),
  /** Nothing is wrong. */
  AS_EXPECTED("AsExpected"),
  /** Sessions are up. */
  SESSIONS_UP("SessionsUp"),
  /** A server without a client. */
  WAITING_FOR_CLIENT("WaitingForClient"),
  /** A client that has no session with its server. */
  SERVER_UNREACHABLE("ServerUnreachable"),
  /** The other side has another key, or none. */
  WRONG_KEY("WrongKey"),
  /** The server could not prove that it is the right one. */
  SERVER_UNPROVEN("ServerUnproven"),
  /** The server does not take this client, for another reason than its key. */
  REFUSED("Refused"),
  /** No pod told how it is. */
  STATUS_UNREADABLE("StatusUnreadable"),
  /** The program ends again and again. */
  CRASH_LOOP("CrashLoopBackOff"),
  /** The image cannot be had. */
  IMAGE_PULL("ImagePull"),
  /** The container cannot be made as it is described. */
  CONTAINER_CONFIG("ContainerConfig"),
  /** No node takes the pods. */
  UNSCHEDULABLE("Unschedulable"),
  /** Some replicas cannot pass traffic. */
  REPLICAS_MISSING("ReplicasMissing"),
  /** A name that is needed belongs to someone else. */
  NAME_TAKEN("NameTaken"),
  /** Resources of a deleted tunnel of the same name are not gone yet. */
  WAITING_FOR_DELETION("WaitingForDeletion"),
  /** The API server did not take what was planned. */
  APPLY_REFUSED("ApplyRefused"),
  /** A Secret that the resource names is not there. */
  SECRET_MISSING("SecretMissing"),
  /** The resource has to be corrected. */
  INVALID("Invalid"),
  /** A person stopped the pods. */
  SUSPENDED("Suspended"),
  /** No replica is wanted. */
  NO_REPLICAS("NoReplicas");

  private final String word;

  Reason(String word) {
    this.word = word;
  }

  /** As it stands in the resource. */
  public String word() {
    return word;
  }
}
