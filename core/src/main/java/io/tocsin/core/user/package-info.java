/// Who may do what: accounts, sign-in, sessions, personal tokens and the first start.
@NullMarked
package io.tocsin.core.user;

import org.jspecify.annotations.NullMarked;
