package io.tocsin.core.user;

/// The account on whose behalf a request is served.
public record CurrentUser(String id, String login, String name, Role role) {}
