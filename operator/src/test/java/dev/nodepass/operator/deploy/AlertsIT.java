package dev.nodepass.operator.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlertsIT {
  @Test
  void prometheusTakesTheAlerts(@TempDir Path temp) throws Exception {
    Path rules = temp.resolve("rules.json");
    // A Prometheus without its operator reads what is under spec; JSON is YAML.
    Files.writeString(rules, Deploy.yaml("monitoring/alerts.yaml").path("spec").toString());
    Program.Outcome checked = Program.promtool().run("check", "rules", rules.toString());
    assertEquals(0, checked.code(), checked.err());
  }
}
