package io.tocsin.core.user;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.security.web.csrf.CsrfTokenRepository;
import org.springframework.security.web.csrf.DefaultCsrfToken;

/// The CSRF token of a request is the one that was made with its session. Compared with a token that only lives in
/// cookies this also holds when an attacker can set cookies from a neighbouring host.
final class SessionCsrfTokens implements CsrfTokenRepository {
    static final String HEADER = "X-CSRF-Token";
    private static final String PARAMETER = "_csrf";

    @Override
    public CsrfToken generateToken(HttpServletRequest request) {
        // Asked for when a request has no session: a value that nobody knows.
        return new DefaultCsrfToken(HEADER, PARAMETER, new Secrets().next());
    }

    @Override
    public void saveToken(@Nullable CsrfToken token, HttpServletRequest request, HttpServletResponse response) {
        // Written with the session, see Sessions.
    }

    @Override
    public @Nullable CsrfToken loadToken(HttpServletRequest request) {
        return SecurityContextHolder.getContext().getAuthentication() instanceof AuthenticationFilter.Identity identity
                        && identity.session() != null
                ? new DefaultCsrfToken(HEADER, PARAMETER, identity.session().csrf())
                : null;
    }

    /// Tells whether a request must carry the token: it changes something and its right comes from a cookie.
    static boolean isRequired(HttpServletRequest request) {
        return switch (request.getMethod()) {
            case "GET", "HEAD", "OPTIONS", "TRACE" -> false;
            default ->
                SecurityContextHolder.getContext().getAuthentication() instanceof AuthenticationFilter.Identity identity
                        && identity.session() != null
                        && !(request.getMethod().equals("POST")
                                && request.getRequestURI().equals(SessionController.PATH));
        };
    }

    /// Tells whether a request carries the token of its session.
    static boolean isPresent(HttpServletRequest request) {
        String sent = request.getHeader(HEADER);
        return sent != null
                && SecurityContextHolder.getContext().getAuthentication()
                        instanceof AuthenticationFilter.Identity identity
                && identity.session() != null
                && Secrets.fingerprint(sent)
                        .equals(Secrets.fingerprint(identity.session().csrf()));
    }
}
