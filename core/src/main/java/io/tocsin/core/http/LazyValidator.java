package io.tocsin.core.http;

import org.hibernate.validator.HibernateValidator;
import org.hibernate.validator.messageinterpolation.ParameterMessageInterpolator;
import org.jspecify.annotations.Nullable;
import org.springframework.validation.Errors;
import org.springframework.validation.Validator;
import org.springframework.validation.beanvalidation.LocalValidatorFactoryBean;

/// Checks request bodies by their annotations. The validator behind it is made for the first body and not at start,
/// where its 500 classes would cost everybody who only reads.
///
/// Thread-safety: any thread.
final class LazyValidator implements Validator {
    private @Nullable LocalValidatorFactoryBean made;

    @Override
    public boolean supports(Class<?> type) {
        return true;
    }

    @Override
    public void validate(Object target, Errors errors) {
        validator().validate(target, errors);
    }

    private synchronized LocalValidatorFactoryBean validator() {
        if (made == null) {
            LocalValidatorFactoryBean fresh = new LocalValidatorFactoryBean();
            fresh.setProviderClass(HibernateValidator.class);
            // Our messages are plain text: no expression language is wanted, and none is on the class path.
            fresh.setMessageInterpolator(new ParameterMessageInterpolator());
            fresh.afterPropertiesSet();
            made = fresh;
        }
        return made;
    }
}
