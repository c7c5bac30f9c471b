package io.tocsin.event;

/// Who fills a [Field] and how its meaning is known.
public enum FieldGroup {
    /// Filled by Tocsin; a mapping cannot write it.
    SERVICE,
    /// The name tells the purpose.
    PURPOSE,
    /// The label beside it tells the purpose.
    CUSTOM
}
