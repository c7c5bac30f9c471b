package io.tocsin.core.http;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.CacheControl;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.resource.PathResourceResolver;

/// Serves the built web interface. Its files in `assets/` carry a hash in their name and may be kept for ever;
/// everything else is asked for anew. An address without a file name is a screen of the interface, so it gets the
/// start page.
final class WebFiles {
    private static final String FOLDER = "classpath:/web/";

    private WebFiles() {}

    static void register(ResourceHandlerRegistry registry) {
        registry.addResourceHandler("/assets/**")
                .addResourceLocations(FOLDER + "assets/")
                .setCacheControl(
                        CacheControl.maxAge(Duration.ofDays(365)).cachePublic().immutable());
        registry.addResourceHandler("/**")
                .addResourceLocations(FOLDER)
                .setCacheControl(CacheControl.noCache())
                .resourceChain(false)
                .addResolver(new ScreenResolver());
    }

    private static final class ScreenResolver extends PathResourceResolver {
        private static final ClassPathResource START = new ClassPathResource("/web/index.html");

        @Override
        protected @Nullable Resource getResource(String path, Resource location) throws IOException {
            boolean isInterface = path.startsWith("api/") || path.equals("api");
            Resource file = isInterface || path.isEmpty() ? null : super.getResource(path, location);
            if (file != null) {
                return file;
            }
            boolean isScreen = !isInterface && path.indexOf('.', path.lastIndexOf('/') + 1) < 0;
            return isScreen && START.exists() ? START : null;
        }
    }
}
