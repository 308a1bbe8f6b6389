package dev.nodepass.operator.event;

import dev.nodepass.crds.KeySlot;
import dev.nodepass.crds.TunnelCondition;
import dev.nodepass.crds.TunnelStatus;
import dev.nodepass.operator.status.ConditionType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What happened between one status and the next. Pure. */
public final class Transitions {
  private static final String TRUE = "True";

  private final @Nullable TunnelStatus before;
  private final TunnelStatus after;
  private final List<Happening> happenings = new ArrayList<>();

  private Transitions(@Nullable TunnelStatus before, TunnelStatus after) {
    this.before = before;
    this.after = after;
  }

  /** The happenings, in the order in which a person would tell them. */
  public static List<Happening> between(@Nullable TunnelStatus before, TunnelStatus after) {
    return new Transitions(before, after).all();
  }

  private List<Happening> all() {
    keys();
    turned(ConditionType.CONNECTED, EventReason.CONNECTED, EventReason.DISCONNECTED);
    turned(ConditionType.READY, EventReason.READY, EventReason.NOT_READY);
    degraded();
    return List.copyOf(happenings);
  }

  /** Those with a UID: one that is being made has none. */
  private void keys() {
    List<KeySlot> old = before == null ? List.of() : made(before);
    List<KeySlot> all = made(after);
    all.stream()
        .filter(k -> !old.contains(k))
        .forEach(
            k ->
                add(
                    EventReason.KEY_CREATED,
                    "Secret " + k.name() + " holds the key of generation " + k.generation()));
    old.stream()
        .filter(k -> !all.contains(k))
        .forEach(
            k ->
                add(
                    EventReason.KEY_DELETED,
                    "Secret " + k.name() + " with the key of generation " + k.generation()));
  }

  private static List<KeySlot> made(TunnelStatus status) {
    return status.keys().stream().filter(k -> !k.uid().isEmpty()).toList();
  }

  /** A new tunnel is not ready and not connected at first: that is no news. */
  private void turned(ConditionType type, EventReason up, EventReason down) {
    boolean was = condition(before, type).map(c -> c.status().equals(TRUE)).orElse(false);
    condition(after, type)
        .ifPresent(
            c -> {
              boolean is = c.status().equals(TRUE);
              if (is != was) {
                add(is ? up : down, c.reason() + ": " + c.message());
              }
            });
  }

  private void degraded() {
    Optional<TunnelCondition> was =
        condition(before, ConditionType.DEGRADED).filter(c -> c.status().equals(TRUE));
    Optional<TunnelCondition> is =
        condition(after, ConditionType.DEGRADED).filter(c -> c.status().equals(TRUE));
    if (is.isPresent()
        && !is.map(TunnelCondition::reason).equals(was.map(TunnelCondition::reason))) {
      add(EventReason.DEGRADED, is.get().reason() + ": " + is.get().message());
    } else if (was.isPresent() && is.isEmpty()) {
      add(EventReason.RECOVERED, "no longer " + was.get().reason());
    }
  }

  private static Optional<TunnelCondition> condition(
      @Nullable TunnelStatus status, ConditionType type) {
    return status == null
        ? Optional.empty()
        : status.conditions().stream().filter(c -> c.type().equals(type.word())).findFirst();
  }

  private void add(EventReason reason, String text) {
    happenings.add(new Happening(reason, text));
  }
}
