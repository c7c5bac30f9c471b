/// Makes uniform events of source texts. A [io.tocsin.pipeline.normalizer.Normalizer] is a tree: a format at the
/// root takes the text apart, a mapping says which schema field each part fills, and nested normalizers take apart
/// what the parts hold. Formats are hand-written scanners over the bytes of the batch and do no IO, know no clock
/// and do bounded work.
@NullMarked
package io.tocsin.pipeline.normalizer;

import org.jspecify.annotations.NullMarked;
