package dev.nodepass.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * The first process of a pod, as this machine sees it, which is the node.
 *
 * @param id as this machine numbers it
 */
record PodProcess(long id) {
  /** That of the pod with this name. */
  static PodProcess of(String pod) {
    String mark = "HOSTNAME=" + pod + "\0";
    return new PodProcess(
        ProcessHandle.allProcesses()
            .mapToLong(ProcessHandle::pid)
            .filter(pid -> read(Path.of("/proc/" + pid + "/environ")).contains(mark))
            .min()
            .orElseThrow(() -> new AssertionError("no process of pod " + pod + " here")));
  }

  /** Ends it as a crash would (SIGKILL). */
  void kill() {
    ProcessHandle.of(id).orElseThrow().destroyForcibly();
  }

  /** Since when it runs, to a hundredth of a second. */
  Duration age() {
    Instant start = ProcessHandle.of(id).orElseThrow().info().startInstant().orElseThrow();
    return Duration.between(start, Instant.now());
  }

  /** A line of proc_pid_status(5) such as RssAnon, in MiB. */
  long mib(String field) {
    return read(Path.of("/proc/" + id + "/status"))
            .lines()
            .filter(line -> line.startsWith(field + ":"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .findFirst()
            .orElseThrow()
        >> 10;
  }

  /** What a file says; nothing when its process is gone or another's. */
  static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException gone) {
      return "";
    }
  }
}
