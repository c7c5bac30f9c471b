package io.tocsin.core.service;

import java.util.List;

/// Port: tells how the services of this installation are. Called every few seconds and for each request, from
/// several threads; it must not block for long.
@FunctionalInterface
public interface ServiceStates {
    List<ServiceState> list();
}
