// The sandbox of the webhook, with the front in it: a request crosses no thread.
import { workerData } from 'node:worker_threads';
import { startHttpApi } from './http-api.ts';
import { type FunctionData, importHandler, untilToldToStop } from './in-thread.ts';

export type WebhookData = FunctionData & {
  /** 0 takes a free one */
  readonly port: number;
};

const data: WebhookData = workerData;
const { url, stop } = await startHttpApi(data.port, await importHandler(data));
await untilToldToStop(url, stop);
