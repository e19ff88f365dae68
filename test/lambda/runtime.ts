// A packaged function under Lambda's own runtime client, in a process that can be frozen between invocations.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import { REGION } from '../../local/sqs-client.ts';
import { type RuntimeApi, startRuntimeApi } from './runtime-api.ts';

export type Runtime = AsyncDisposable &
  Pick<RuntimeApi, 'initialised' | 'invoke'> & {
    /** Resolves with the exit code when the process has ended by itself. */
    readonly exited: Promise<number | null>;
    /** What it has printed until now. */
    readonly printed: () => string;
    /** Stops the process where Lambda does: once it waits for an invocation. */
    readonly freeze: () => Promise<void>;
    readonly thaw: () => void;
    /** Tells it to end. */
    readonly stop: () => void;
  };

const client = fileURLToPath(import.meta.resolve('aws-lambda-ric'));
const nativePart = join(import.meta.dirname, 'rapid-client-stand-in.cjs');

/** Unpacks a zip into a folder of its own. */
export async function unpack(zip: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [file, bytes] of Object.entries(unzipSync(await readFile(zip)))) {
    await writeFile(join(folder, file), bytes);
  }
}

/**
 * Starts it; see `initialised`.
 * @param folder where its zip is unpacked
 * @param env its settings: Lambda's own variables are there, those of this process are not
 * @param under a command that runs it, such as a profiler
 */
export async function startRuntime(
  name: string,
  folder: string,
  env: NodeJS.ProcessEnv,
  under: readonly string[] = [],
): Promise<Runtime> {
  const api = await startRuntimeApi(name, 10_000);
  const node = [globalThis.process.execPath, '--require', nativePart, client];
  const [command = '', ...args] = [...under, ...node];
  const process = spawn(command, args, {
    cwd: folder,
    env: { ...lambdaEnv(name, folder, api.address), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [process.stdout, process.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  // Not at exit: what it printed last comes after that.
  const exited = once(process, 'close').then(async ([code]: (number | null)[]) => {
    await api.stop();
    return code ?? null;
  });
  exited.catch(() => undefined);
  return {
    initialised: api.initialised,
    invoke: api.invoke,
    exited,
    printed: () => printed,
    freeze: async () => {
      await api.idle();
      process.kill('SIGSTOP');
      while ((await stateOf(process)) !== 'T') await setTimeout(5);
    },
    thaw: () => {
      process.kill('SIGCONT');
    },
    stop: () => {
      process.kill();
    },
    [Symbol.asyncDispose]: async () => {
      process.kill('SIGKILL');
      await exited;
    },
  };
}

/** Letter of its state as the kernel has it: T is stopped. */
async function stateOf({ pid }: ChildProcess): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return /^\d+ \(.*\) (\w)/.exec(stat)?.[1];
}

const lambdaEnv = (name: string, folder: string, address: string) => ({
  AWS_LAMBDA_RUNTIME_API: address,
  _HANDLER: `${name}.handler`,
  LAMBDA_TASK_ROOT: folder,
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: 'local',
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_SESSION_TOKEN: 'local',
  TZ: ':UTC',
});
