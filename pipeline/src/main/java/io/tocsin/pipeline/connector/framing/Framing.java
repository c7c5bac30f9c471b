package io.tocsin.pipeline.connector.framing;

/// How one event is told from the next in a stream of bytes.
public enum Framing {
    /// Decided at the beginning of every frame as RFC 6587 describes: a length and a space before what
    /// looks like a message begin an octet-counted frame, everything else is a line that ends with LF, CR
    /// LF or NUL.
    AUTO,
    /// Lines that end with LF or CR LF; NUL is data.
    LF,
    /// Lines as with [#LF], but a line end inside quotes belongs to the record (RFC 4180).
    CSV,
    /// Lines as with [#LF], but only a line end before `<` ends the frame: what follows without a priority belongs to
    /// the message before, such as the lines of a stack trace.
    LF_PRIORITY,
    /// Texts that end with NUL; LF is data.
    NUL,
    /// Texts that end with one of the given [Delimiters], which are no part of them.
    DELIMITED,
    /// Every frame is preceded by its length in decimal digits and one space (RFC 6587 §3.4.1).
    OCTET_COUNTING,
    /// Everything up to the end of the stream is one event.
    FILE
}
