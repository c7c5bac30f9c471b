package io.tocsin.core.user;

import io.tocsin.core.http.Problem;
import io.tocsin.core.http.ProblemWriter;
import io.tocsin.error.ErrorCode;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/// Finds out on whose behalf a request comes: by bearer token, else by session cookie. A wrong token is refused
/// at once and does not fall back to the cookie.
///
/// Thread-safety: any thread.
final class AuthenticationFilter extends OncePerRequestFilter {
    private static final String BEARER = "bearer ";

    /// The identity of a request; `session` is absent when it came with a token.
    static final class Identity extends AbstractAuthenticationToken {
        private static final long serialVersionUID = 1L;

        private final transient CurrentUser user;
        private final transient Sessions.@Nullable Session session;

        Identity(CurrentUser user, Sessions.@Nullable Session session) {
            super(List.of(new SimpleGrantedAuthority("ROLE_" + user.role().name())));
            this.user = user;
            this.session = session;
            super.setAuthenticated(true);
        }

        Sessions.@Nullable Session session() {
            return session;
        }

        @Override
        public Object getCredentials() {
            return "";
        }

        @Override
        public CurrentUser getPrincipal() {
            return user;
        }
    }

    private final Sessions sessions;
    private final Tokens tokens;
    private final ProblemWriter problems;

    AuthenticationFilter(Sessions sessions, Tokens tokens, ProblemWriter problems) {
        this.sessions = sessions;
        this.tokens = tokens;
        this.problems = problems;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !request.getRequestURI().startsWith("/api");
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String authorization = request.getHeader("Authorization");
        if (authorization != null) {
            Optional<CurrentUser> owner = authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                    ? tokens.find(authorization.substring(BEARER.length()).strip())
                    : Optional.empty();
            if (owner.isEmpty()) {
                problems.write(
                        response,
                        Problem.of(401, ErrorCode.UNAUTHENTICATED, "this token is unknown or has expired"),
                        Map.of("WWW-Authenticate", "Bearer error=\"invalid_token\""));
                return;
            }
            identify(new Identity(owner.get(), null));
        } else {
            sessionSecret(request)
                    .flatMap(sessions::find)
                    .ifPresent(session -> identify(new Identity(session.user(), session)));
        }
        chain.doFilter(request, response);
    }

    private static Optional<String> sessionSecret(HttpServletRequest request) {
        Cookie[] cookies = request.getCookies();
        if (cookies != null) {
            for (Cookie cookie : cookies) {
                if (cookie.getName().equals(SessionController.SESSION_COOKIE)) {
                    return Optional.of(cookie.getValue());
                }
            }
        }
        return Optional.empty();
    }

    private static void identify(Identity identity) {
        SecurityContext context = SecurityContextHolder.createEmptyContext();
        context.setAuthentication(identity);
        SecurityContextHolder.setContext(context);
    }
}
