/// The subcommands, one file each; `Commands` is the list.
@NullMarked
package io.tocsin.app.command;

import org.jspecify.annotations.NullMarked;
