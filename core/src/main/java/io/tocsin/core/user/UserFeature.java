package io.tocsin.core.user;

import io.tocsin.core.http.Metrics;
import io.tocsin.core.http.Problem;
import io.tocsin.core.http.ProblemWriter;
import io.tocsin.core.repository.Database;
import io.tocsin.error.ErrorCode;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpMethod;
import org.springframework.security.config.ObjectPostProcessor;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.HeadersConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.csrf.CsrfFilter;
import org.springframework.security.web.csrf.CsrfTokenRequestAttributeHandler;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.security.web.header.HeaderWriterFilter;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter;

/// What this package adds to the core: its controllers and the security of all of them.
@Configuration(proxyBeanMethods = false)
@EnableWebSecurity
@Import({AccountController.class, SessionController.class, TokenController.class, UserController.class})
public class UserFeature {
    /// Everything comes from this server. Inline style attributes are allowed, because the component library of
    /// the web interface writes its colour variables as a style element; inline script is not.
    static final String CONTENT_SECURITY_POLICY =
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
                    + " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    @Bean
    Secrets secrets() {
        return new Secrets();
    }

    @Bean
    Sessions sessions(Database database, InstantSource clock, Secrets secrets) {
        return new Sessions(database, clock, secrets);
    }

    @Bean
    Tokens tokens(Database database, InstantSource clock, Secrets secrets) {
        return new Tokens(database, clock, secrets);
    }

    @Bean
    Accounts accounts(Database database, DataFolder folder, Tokens tokens, Secrets secrets, InstantSource clock) {
        Accounts accounts = new Accounts(database);
        FirstStart.run(folder.path(), database, accounts, tokens, secrets, clock);
        return accounts;
    }

    @Bean
    Audit audit(Database database, InstantSource clock) {
        return new Audit(database, clock);
    }

    @Bean
    AccountChanges accountChanges(
            Database database, Accounts accounts, Sessions sessions, Tokens tokens, Audit audit, InstantSource clock) {
        return new AccountChanges(database, accounts, sessions, tokens, audit, clock);
    }

    @Bean
    LoginThrottle loginThrottle(InstantSource clock, Metrics metrics) {
        LoginThrottle throttle = new LoginThrottle(clock);
        metrics.register(new Metrics.Family(
                "tocsin_core_login_failures",
                "counter",
                "Sign-ins that failed or were refused because too many had failed.",
                samples -> {
                    samples.add(throttle.failed(), "reason", "credentials");
                    samples.add(throttle.refused(), "reason", "throttled");
                }));
        return throttle;
    }

    @Bean
    SecurityFilterChain securityFilterChain(HttpSecurity http, Sessions sessions, Tokens tokens, ProblemWriter problems)
            throws Exception {
        http.addFilterBefore(new AuthenticationFilter(sessions, tokens, problems), CsrfFilter.class);
        http.csrf(csrf -> csrf.csrfTokenRepository(new SessionCsrfTokens())
                .csrfTokenRequestHandler(new CsrfTokenRequestAttributeHandler())
                .requireCsrfProtectionMatcher(SessionCsrfTokens::isRequired));
        http.sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS));
        http.requestCache(AbstractHttpConfigurer::disable);
        http.formLogin(AbstractHttpConfigurer::disable);
        http.httpBasic(AbstractHttpConfigurer::disable);
        http.logout(AbstractHttpConfigurer::disable);
        http.anonymous(AbstractHttpConfigurer::disable);
        http.headers(headers -> {
            headers.addObjectPostProcessor(new ObjectPostProcessor<HeaderWriterFilter>() {
                @Override
                public <T extends HeaderWriterFilter> T postProcess(T filter) {
                    // Before the answer begins: a large one is sent before Spring Security notices.
                    filter.setShouldWriteHeadersEagerly(true);
                    return filter;
                }
            });
            headers.cacheControl(HeadersConfigurer.CacheControlConfig::disable);
            headers.contentSecurityPolicy(policy -> policy.policyDirectives(CONTENT_SECURITY_POLICY));
            headers.frameOptions(frames -> frames.deny());
            headers.referrerPolicy(referrer -> referrer.policy(ReferrerPolicyHeaderWriter.ReferrerPolicy.NO_REFERRER));
            headers.httpStrictTransportSecurity(
                    hsts -> hsts.maxAgeInSeconds(31_536_000).includeSubDomains(false));
        });
        http.authorizeHttpRequests(requests -> requests.requestMatchers(HttpMethod.POST, SessionController.PATH)
                .permitAll()
                .requestMatchers("/api/openapi.json")
                .permitAll()
                .requestMatchers(HttpMethod.PATCH, "/api/v1/alerts/**")
                .hasAnyRole(Role.ADMIN.name(), Role.ANALYST.name())
                .requestMatchers(HttpMethod.POST, "/api/v1/alerts/**")
                .hasAnyRole(Role.ADMIN.name(), Role.ANALYST.name())
                .requestMatchers(HttpMethod.POST, "/api/v1/exceptions/**")
                .hasAnyRole(Role.ADMIN.name(), Role.ANALYST.name())
                .requestMatchers(HttpMethod.DELETE, "/api/v1/exceptions/**")
                .hasAnyRole(Role.ADMIN.name(), Role.ANALYST.name())
                .requestMatchers(HttpMethod.PUT, "/api/v1/tables/**")
                .hasAnyRole(Role.ADMIN.name(), Role.ANALYST.name())
                .requestMatchers(HttpMethod.POST, "/api/v1/tables/**")
                .hasAnyRole(Role.ADMIN.name(), Role.ANALYST.name())
                .requestMatchers(HttpMethod.DELETE, "/api/v1/tables/**")
                .hasAnyRole(Role.ADMIN.name(), Role.ANALYST.name())
                .requestMatchers(HttpMethod.DELETE, "/api/v1/suppressions/**")
                .hasAnyRole(Role.ADMIN.name(), Role.ANALYST.name())
                .requestMatchers(HttpMethod.DELETE, "/api/v1/rules/**")
                .hasAnyRole(Role.ADMIN.name(), Role.ANALYST.name())
                .requestMatchers(HttpMethod.POST, "/api/v1/responses/**")
                .hasAnyRole(Role.ADMIN.name(), Role.ANALYST.name())
                .requestMatchers("/api/v1/accounts/**", "/api/v1/audit/**")
                .hasRole(Role.ADMIN.name())
                .requestMatchers("/api/**")
                .authenticated()
                .anyRequest()
                .permitAll());
        http.exceptionHandling(failures -> failures.authenticationEntryPoint((_, response, _) -> problems.write(
                        response, Problem.of(401, ErrorCode.UNAUTHENTICATED, "sign in, or send a bearer token")))
                .accessDeniedHandler((request, response, _) -> problems.write(
                        response,
                        SessionCsrfTokens.isRequired(request) && !SessionCsrfTokens.isPresent(request)
                                ? Problem.of(
                                        403,
                                        ErrorCode.FORBIDDEN,
                                        "send the value of the cookie " + SessionController.CSRF_COOKIE
                                                + " in the header " + SessionCsrfTokens.HEADER)
                                : Problem.of(403, ErrorCode.FORBIDDEN, "your role does not allow this"))));
        return http.build();
    }

    @Bean
    RequestRejectedHandler requestRejectedHandler(ProblemWriter problems) {
        return (_, response, _) -> problems.write(
                response,
                Problem.of(
                        400, ErrorCode.INVALID_REQUEST, "the address or a header has characters that are not allowed"));
    }
}
