package dev.nodepass.operator.event;

/** Something that happened to a tunnel. */
public record Happening(EventReason reason, String text) {}
