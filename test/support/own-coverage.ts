// Preloaded where coverage is measured: the processes that a test starts, and kills, write none. A report that is cut
// off in its middle would spoil all others.
if (process.env['NODE_TEST_CONTEXT'] !== undefined) delete process.env['NODE_V8_COVERAGE'];
