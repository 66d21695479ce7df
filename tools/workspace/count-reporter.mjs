/** Closes a run with one plain line that any log reader understands: `tests: N passed, N failed, N skipped`. */
export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      if (module.state() === 'failed' && module.errors().length > 0) count.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state in count) count[state] += 1;
      }
    }
    const line = `tests: ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`;
    process.on('exit', () => process.stdout.write(`\n${line}\n`));
  }
}
