// Preloaded where coverage is measured: the processes that a test starts, and kills, write none. A report that is cut
// off in its middle would spoil all others. So they may load code that is compiled already, unlike the test itself.
if (process.env['NODE_TEST_CONTEXT'] !== undefined) {
  delete process.env['NODE_V8_COVERAGE'];
  delete process.env['NODE_DISABLE_COMPILE_CACHE'];
}
