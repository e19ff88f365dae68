// The Lambda Runtime API for one sandbox: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod/mini';
import { REGION } from '../../local/sqs-client.ts';
import type { Invoke } from '../../local/threads/in-thread.ts';

export type RuntimeApi = {
  /** What a runtime finds in AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  /** Resolves when the runtime first asks for an invocation; rejects with why it reports that it can't. */
  readonly initialised: Promise<void>;
  /** Resolves while the runtime waits for an invocation: it may then be frozen. */
  readonly idle: () => Promise<void>;
  /** Rejects with what the runtime reports when the handler throws. Invocations go out one after the other. */
  readonly invoke: Invoke;
  /** Whoever still waits is rejected. */
  readonly stop: () => Promise<void>;
};

type Invocation = PromiseWithResolvers<unknown> & { readonly id: string; readonly event: unknown };
type Hand = (invocation: Invocation) => void;

const ROOT = '/2018-06-01/runtime';
const OUTCOME = new RegExp(`^POST ${ROOT}/invocation/([^/]+)/(response|error)$`);

const report = z.object({ errorType: z.string(), errorMessage: z.string(), trace: z.array(z.string()) });

/** @param timeout of an invocation in milliseconds, as its deadline tells; nothing is stopped by it */
export async function startRuntimeApi(functionName: string, timeout: number): Promise<RuntimeApi> {
  const line = lineOfInvocations();
  const initialised = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<never>();
  const server = createServer((request, response) => {
    // A runtime that is killed breaks off in the middle of a request.
    answer(request, response).catch((error) => response.destroy(error));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return {
    address: `127.0.0.1:${bound.port}`,
    initialised: unlessEnded(initialised.promise),
    idle: () => unlessEnded(line.idle()),
    invoke: (event) => unlessEnded(line.add(event)),
    stop: async () => {
      ended.reject(new Error('The runtime has ended'));
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = `${request.method} ${request.url}`;
    if (asked === `GET ${ROOT}/invocation/next`) {
      initialised.resolve();
      return line.ask(({ id, event }) => {
        response.writeHead(200, headersOf(id, functionName, Date.now() + timeout)).end(JSON.stringify(event));
      });
    }
    const body = await text(request);
    const [, id = '', outcome] = OUTCOME.exec(asked) ?? [];
    if (asked === `POST ${ROOT}/init/error`) initialised.reject(errorOf(body));
    else if (outcome === 'response') line.take(id).resolve(JSON.parse(body));
    else if (outcome === 'error') line.take(id).reject(errorOf(body));
    else throw new Error(`The Runtime API has no ${asked}`);
    response.writeHead(202).end('{"status":"OK"}');
  }

  /** Nobody needs to look at it: the end of the runtime rejects all there are. */
  function unlessEnded<T>(promise: Promise<T>): Promise<T> {
    const either = Promise.race([promise, ended.promise]);
    either.catch(() => undefined);
    return either;
  }
}

/** Invocations, each handed to the runtime when it asks. */
function lineOfInvocations() {
  const queued: Invocation[] = [];
  const handed = new Map<string, Invocation>();
  const runtime = new EventEmitter<{ asks: [] }>();
  let asking: Hand | undefined;

  const match = () => {
    const [first] = queued;
    if (asking === undefined || first === undefined) return;
    handed.set(first.id, first);
    asking(first);
    asking = undefined;
    queued.shift();
  };
  return {
    add: (event: unknown): Promise<unknown> => {
      const invocation = { ...Promise.withResolvers<unknown>(), id: randomUUID(), event };
      queued.push(invocation);
      match();
      return invocation.promise;
    },
    ask: (hand: Hand): void => {
      asking = hand;
      runtime.emit('asks');
      match();
    },
    idle: async (): Promise<void> => {
      if (asking === undefined) await once(runtime, 'asks');
    },
    /** For its outcome, which comes once. */
    take: (id: string): Invocation => {
      const invocation = handed.get(id);
      if (invocation === undefined) throw new Error(`No such invocation: ${id}`);
      handed.delete(id);
      return invocation;
    },
  };
}

const headersOf = (id: string, functionName: string, deadline: number) => ({
  'Content-Type': 'application/json',
  'Lambda-Runtime-Aws-Request-Id': id,
  'Lambda-Runtime-Deadline-Ms': `${deadline}`,
  'Lambda-Runtime-Invoked-Function-Arn': `arn:aws:lambda:${REGION}:000000000000:function:${functionName}`,
  'Lambda-Runtime-Trace-Id': 'Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0',
});

/** The whole report is the cause. */
function errorOf(body: string): Error {
  const cause = report.parse(JSON.parse(body));
  return new Error(`${cause.errorType}: ${cause.errorMessage}`, { cause });
}
