package io.tocsin.core.user;

/// An account as it is named in other objects: assignee, author.
public record UserReference(String id, String login, String name) {}
