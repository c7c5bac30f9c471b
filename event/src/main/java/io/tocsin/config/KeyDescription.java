package io.tocsin.config;

import org.jspecify.annotations.Nullable;

/// What there is to say about a key of a component.
///
/// @param type for people, with limits
/// @param defaultText null when there is none
/// @param sentence what it is for
/// @param example null when none is given
/// @param schema JSON schema of the value
public record KeyDescription(
        String name,
        String type,
        boolean required,
        @Nullable String defaultText,
        boolean secret,
        String sentence,
        @Nullable String example,
        ConfigNode.Mapping schema) {}
