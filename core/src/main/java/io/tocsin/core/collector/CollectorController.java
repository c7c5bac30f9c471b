package io.tocsin.core.collector;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Page;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// The collectors with their stages and sources. Samples of failures are event text: whoever may search events may
/// read them.
@RestController
@RequestMapping("/api/v1/collectors")
final class CollectorController {
    private final CollectorView view;

    CollectorController(CollectorView view) {
        this.view = view;
    }

    @GetMapping
    Page<CollectorState> list() {
        return Page.whole(view.list());
    }

    @GetMapping("/{name}/stages")
    Page<StageState> stages(@PathVariable String name) {
        return Page.whole(found(view.stages(name), "collector"));
    }

    @GetMapping("/{name}/configuration")
    ConfigurationState configuration(@PathVariable String name) {
        return found(view.configuration(name), "collector");
    }

    @GetMapping("/{name}/sources")
    SourceList sources(@PathVariable String name) {
        return found(view.sources(name), "collector");
    }

    @GetMapping("/{name}/sources/{id}")
    SourceDetail source(@PathVariable String name, @PathVariable String id) {
        return found(view.source(name, id), "source");
    }

    private static <T> T found(@Nullable T value, String what) {
        if (value == null) {
            throw ApiException.notFound(what);
        }
        return value;
    }
}
