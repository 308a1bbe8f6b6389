package dev.nodepass.runtime.config;

/**
 * Who may come in, how many, and how fast.
 *
 * @param perSource users' connections from one address; 0 for no limit
 * @param acceptRate new users' connections in a second; 0 for no limit
 * @param rate Mbit/s of the whole tunnel in each direction; 0 for no limit
 * @param allow the addresses of users
 * @param allowClients the addresses of clients
 * @param proxy the PROXY protocol's version towards the service
 * @param acceptProxy connections begin with the PROXY protocol's header
 */
public record Limits(
    int perSource,
    int acceptRate,
    int rate,
    CidrList allow,
    CidrList allowClients,
    ProxyVersion proxy,
    boolean acceptProxy) {

  /** How the service is told who its user is. */
  public enum ProxyVersion {
    /** Not at all. */
    OFF(0),
    /** In a line of text. */
    V1(1),
    /** In binary. */
    V2(2);

    private final int number;

    ProxyVersion(int number) {
      this.number = number;
    }

    /** 0, 1 or 2. */
    public int number() {
      return number;
    }
  }
}
