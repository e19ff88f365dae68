// The sandbox of the webhook, with the front in it: a request crosses no thread.
import { workerData } from 'node:worker_threads';
import { type Place, startHttpApi } from '../http-api.ts';
import { type FunctionData, importHandler, untilToldToStop } from './in-thread.ts';

export type WebhookData = FunctionData & { readonly place: Place };

const data: WebhookData = workerData;
const { url, stop } = await startHttpApi(data.place, await importHandler(data));
await untilToldToStop(url, stop);
