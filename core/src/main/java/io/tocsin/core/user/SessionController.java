package io.tocsin.core.user;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Problem;
import io.tocsin.error.ErrorCode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseCookie;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// Sign-in and sign-out of browsers.
@RestController
@RequestMapping(SessionController.PATH)
final class SessionController {
    static final String PATH = "/api/v1/session";
    static final String SESSION_COOKIE = "TOCSIN_SESSION";
    static final String CSRF_COOKIE = "TOCSIN_CSRF";

    record Login(
            @NotBlank(message = "must not be empty") @Size(max = 200, message = "is too long")
            String login,

            @NotNull(message = "must not be empty") @Size(max = 1_000, message = "is too long")
            String password) {}

    record NewPassword(
            @NotNull(message = "must not be empty") @Size(max = 1_000, message = "is too long")
            String current,

            @NotNull(message = "must not be empty") String password) {}

    record SignedIn(CurrentUser user, @Nullable String csrf) {}

    private final Accounts accounts;
    private final Sessions sessions;
    private final LoginThrottle throttle;
    private final AccountChanges changes;
    private final Audit audit;

    SessionController(
            Accounts accounts, Sessions sessions, LoginThrottle throttle, AccountChanges changes, Audit audit) {
        this.accounts = accounts;
        this.sessions = sessions;
        this.throttle = throttle;
        this.changes = changes;
        this.audit = audit;
    }

    @PostMapping
    SignedIn signIn(@Valid @RequestBody Login body, HttpServletRequest request, HttpServletResponse response) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            throw new ApiException(Problem.of(403, ErrorCode.FORBIDDEN, "sign in from the page of this server"));
        }
        CurrentUser user = authenticate(
                body.login(),
                body.password(),
                Problem.of(401, ErrorCode.UNAUTHENTICATED, "the login or the password is wrong"));
        audit.add(user.login(), Audit.Action.SIGNED_IN, user.login(), "");
        Sessions.Opened opened = sessions.open(user);
        setCookies(response, opened.secret(), opened.session().csrf(), Sessions.MAX_AGE);
        return new SignedIn(user, opened.session().csrf());
    }

    private CurrentUser authenticate(String login, String password, Problem refusal) {
        long waitMillis = throttle.begin(login);
        if (waitMillis > 0) {
            throw new ApiException(
                    Problem.of(
                            429, ErrorCode.TOO_MANY_ATTEMPTS, "too many failed attempts for this login, wait a minute"),
                    Map.of("Retry-After", Long.toString(Math.ceilDiv(waitMillis, 1_000L))));
        }
        CurrentUser user = accounts.authenticate(login, password).orElseThrow(() -> new ApiException(refusal));
        throttle.succeeded(login);
        return user;
    }

    /// Changes one's own password; all other browsers are signed out.
    @PutMapping("/password")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void changePassword(AuthenticationFilter.Identity identity, @Valid @RequestBody NewPassword body) {
        CurrentUser user = identity.getPrincipal();
        authenticate(
                user.login(),
                body.current(),
                Problem.invalid(List.of(new Problem.FieldError("current", "is not your password"))));
        changes.changeOwnPassword(user, body.password(), identity.session());
    }

    @GetMapping
    SignedIn current(AuthenticationFilter.Identity identity) {
        Sessions.Session session = identity.session();
        return new SignedIn(identity.getPrincipal(), session == null ? null : session.csrf());
    }

    @DeleteMapping
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void signOut(AuthenticationFilter.Identity identity, HttpServletResponse response) {
        Sessions.Session session = identity.session();
        if (session != null) {
            sessions.close(session);
            setCookies(response, "", "", Duration.ZERO);
        }
    }

    private static void setCookies(HttpServletResponse response, String secret, String csrf, Duration maxAge) {
        response.addHeader(HttpHeaders.SET_COOKIE, cookie(SESSION_COOKIE, secret, true, maxAge));
        response.addHeader(HttpHeaders.SET_COOKIE, cookie(CSRF_COOKIE, csrf, false, maxAge));
    }

    private static String cookie(String name, String value, boolean httpOnly, Duration maxAge) {
        return ResponseCookie.from(name, value)
                .path("/")
                .secure(true)
                .httpOnly(httpOnly)
                .sameSite("Strict")
                .maxAge(maxAge)
                .build()
                .toString();
    }
}
