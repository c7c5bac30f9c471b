package io.tocsin.core.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.springframework.core.io.ClassPathResource;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// The description of the REST interface. It is kept by hand (`openapi.json`), because a generator would weigh more
/// than the interface; a test holds it against the controllers.
@RestController
final class OpenApiController {
    private final String document;

    OpenApiController() throws IOException {
        this.document = new ClassPathResource("/openapi.json").getContentAsString(StandardCharsets.UTF_8);
    }

    @GetMapping(value = "/api/openapi.json", produces = "application/json")
    String document() {
        return document;
    }
}
