// Instead of aws-lambda-ric's native half, which only an install script builds: so its own HTTP client, curl, is not proven.
const { Agent, request } = require('node:http');
const { registerHooks } = require('node:module');
const { text } = require('node:stream/consumers');
const { pathToFileURL } = require('node:url');

// One connection: a result is told before the next invocation is asked for, as by the native calls, which block.
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const root = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;

/** Without a timeout: a sandbox waits, and is frozen, for as long as there is no invocation. */
async function call(method, path, body) {
  const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const { promise, resolve, reject } = Promise.withResolvers();
  request(`${root}/${path}`, { method, agent, headers })
    .on('response', resolve)
    .on('error', reject)
    .end(body);
  const response = await promise;
  return { bodyJson: await text(response), headers: response.headers };
}

module.exports = {
  next: () => call('GET', 'next'),
  done: (id, result) => void call('POST', `${id}/response`, result),
  error: (id, report) => void call('POST', `${id}/error`, report),
};

registerHooks({
  resolve: (name, context, next) =>
    name === './rapid-client.node'
      ? { url: pathToFileURL(__filename).href, format: 'commonjs', shortCircuit: true }
      : next(name, context),
});
