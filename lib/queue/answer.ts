// Reads an answer of SQS for the SDK: its own way, a pipe into a stream made for each answer, takes far more CPU.
import type { Readable } from 'node:stream';

/**
 * The whole body, for the SDK's option `streamCollector`. Rejects when the body is cut off, or has not come to its end
 * within so many milliseconds: one that trickles would pass every limit that the SDK has.
 */
export const readAnswer = (answer: Readable, milliseconds: number): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      answer.destroy(new Error(`SQS timed out: no whole answer within ${milliseconds} ms`));
    }, milliseconds);
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('end', () => resolve(Buffer.concat(chunks)));
    // Node makes an error of a connection that is closed before the end, too.
    answer.on('error', reject);
    answer.on('close', () => clearTimeout(late));
  });
