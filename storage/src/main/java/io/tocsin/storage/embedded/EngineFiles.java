package io.tocsin.storage.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/// Writes the two files that configure the engine. They are made anew at each start, so they cannot go stale;
/// secrets are not in them.
///
/// The only user is `default`, to which each connection belongs. It has no rights of its own but two roles: the
/// administrator may do everything, the reader may select from the readable tables. A session picks its role when
/// it opens.
final class EngineFiles {
    static final String ADMINISTRATOR = "administrator";
    static final String READER = "reader";

    private EngineFiles() {}

    /// @return path of the main configuration file
    static Path write(EngineOptions options, Path folder) throws IOException {
        Files.createDirectories(folder);
        Path users = folder.resolve("users.xml");
        Path configuration = folder.resolve("config.xml");
        replace(users, users(options));
        replace(configuration, configuration(options, users));
        return configuration;
    }

    private static void replace(Path file, String text) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text);
    }

    private static String users(EngineOptions options) {
        StringBuilder grants = new StringBuilder();
        for (String table : options.readableTables()) {
            grants.append("<query>GRANT SELECT ON ")
                    .append(options.database())
                    .append('.')
                    .append(table)
                    .append("</query>");
        }
        return """
                <clickhouse>
                  <profiles><default>
                    <materialize_skip_indexes_on_insert>0</materialize_skip_indexes_on_insert>
                  </default></profiles>
                  <quotas><default></default></quotas>
                  <roles>
                    <administrator><grants><query>GRANT ALL ON *.*</query></grants></administrator>
                    <reader><grants>%s</grants></reader>
                  </roles>
                  <users>
                    <default>
                      <password></password>
                      <networks><ip>::1</ip><ip>127.0.0.1</ip></networks>
                      <profile>default</profile>
                      <quota>default</quota>
                      <grants><query>GRANT administrator</query><query>GRANT reader</query></grants>
                    </default>
                  </users>
                </clickhouse>
                """.formatted(grants);
    }

    /// Pools and caches are cut down from the sizes of a server of its own: what is not in use here is named with
    /// the smallest value that works.
    private static String configuration(EngineOptions options, Path users) {
        return """
                <clickhouse>
                  <user_directories><users_xml><path>%s</path></users_xml></user_directories>
                  <max_server_memory_usage>%d</max_server_memory_usage>
                  <mark_cache_size>%d</mark_cache_size>
                  <index_mark_cache_size>%d</index_mark_cache_size>
                  <primary_index_cache_size>%d</primary_index_cache_size>
                  <uncompressed_cache_size>0</uncompressed_cache_size>
                  <query_condition_cache_size>16777216</query_condition_cache_size>
                  <compiled_expression_cache_size>16777216</compiled_expression_cache_size>
                  <mmap_cache_size>64</mmap_cache_size>
                  <background_pool_size>%d</background_pool_size>
                  <background_schedule_pool_size>2</background_schedule_pool_size>
                  <background_move_pool_size>1</background_move_pool_size>
                  <background_fetches_pool_size>1</background_fetches_pool_size>
                  <background_common_pool_size>1</background_common_pool_size>
                  <max_thread_pool_size>256</max_thread_pool_size>
                  <max_thread_pool_free_size>16</max_thread_pool_free_size>
                  <max_io_thread_pool_size>16</max_io_thread_pool_size>
                  <max_io_thread_pool_free_size>0</max_io_thread_pool_free_size>
                  <max_active_parts_loading_thread_pool_size>4</max_active_parts_loading_thread_pool_size>
                  <max_outdated_parts_loading_thread_pool_size>2</max_outdated_parts_loading_thread_pool_size>
                  <max_parts_cleaning_thread_pool_size>2</max_parts_cleaning_thread_pool_size>
                  <merge_tree>
                    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
                    <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
                    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
                  </merge_tree>
                </clickhouse>
                """.formatted(
                        escape(users.toAbsolutePath().toString()),
                        options.maximumMemoryBytes(),
                        options.markCacheBytes(),
                        options.markCacheBytes(),
                        options.markCacheBytes(),
                        options.mergeThreads());
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
