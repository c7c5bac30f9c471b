package io.tocsin.storage.block;

import java.nio.ByteBuffer;
import java.util.List;

/// One encoded block.
///
/// @param columns the columns that it holds, in order
/// @param rows number of rows
/// @param bytes the block; good until its encoder is used again
public record Block(List<BlockColumn> columns, int rows, ByteBuffer bytes) {}
