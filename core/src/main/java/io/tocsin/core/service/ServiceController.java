package io.tocsin.core.service;

import io.tocsin.core.http.ApiException;
import io.tocsin.core.http.Page;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// The services for the health screen.
@RestController
@RequestMapping("/api/v1/services")
final class ServiceController {
    private static final int MAX_MINUTES = 120;

    record Series(List<ServiceHistory.Point> points) {}

    private final ServiceStates states;
    private final ServiceHistory history;

    ServiceController(ServiceStates states, ServiceHistory history) {
        this.states = states;
        this.history = history;
    }

    @GetMapping
    Page<ServiceState> list() {
        return Page.whole(states.list());
    }

    @GetMapping("/{id}/series")
    Series series(@PathVariable String id, @RequestParam(defaultValue = "60") int minutes) {
        if (minutes < 1 || minutes > MAX_MINUTES) {
            throw ApiException.invalid("minutes", "must be between 1 and " + MAX_MINUTES);
        }
        List<ServiceHistory.Point> points = history.points(id, minutes);
        if (points.isEmpty()
                && states.list().stream().noneMatch(state -> state.id().equals(id))) {
            throw ApiException.notFound("service");
        }
        return new Series(points);
    }
}
