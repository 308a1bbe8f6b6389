package dev.nodepass.runtime.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version, as the build wrote it. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() throws IOException {
    Properties build = new Properties();
    try (InputStream in = Version.class.getResourceAsStream("/nodepass.properties")) {
      if (in != null) {
        build.load(in);
      }
    }
    return new String[] {"nodepass " + build.getProperty("version", "unknown")};
  }
}
