// The deployment bucket of a stack: the zips by their content, and the template of each content that was deployed.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { functionNames } from '../../local/bundle.ts';
import { ask, type Clients } from './clients.ts';
import { placeCode, readTemplate, type Template } from './template.ts';

export type Artifacts = {
  /** the zips' keys are those of `zips` */
  readonly template: Template;
  readonly zips: ReadonlyMap<string, Uint8Array>;
};

const TEMPLATE = '.serverless/cloudformation-template-update-stack.json';

/** Beside what the Serverless Framework itself keeps in the bucket, which it clears. */
const PREFIX = 'hookline/';

const templateKey = (content: string) => `${PREFIX}${content}.json`;

/** What a tenant was packaged into. */
export async function readPackage(folder: string): Promise<Artifacts> {
  const zips = new Map<string, Uint8Array>();
  const keys = new Map<string, string>();
  for (const name of functionNames.map((each) => `${each}.zip`)) {
    const zip = await readFile(join(folder, name));
    const hash = createHash('sha256').update(zip).digest('hex').slice(0, 16);
    const key = `${PREFIX}${hash}-${name}`;
    keys.set(name, key);
    zips.set(key, zip);
  }
  const packaged = readTemplate(await readFile(join(folder, TEMPLATE), 'utf8'));
  return { template: placeCode(packaged, (zip) => keys.get(zip) ?? zip), zips };
}

/** @param content whose template this is */
export async function upload(
  { s3 }: Clients,
  Bucket: string,
  content: string,
  { template, zips }: Artifacts,
): Promise<void> {
  const put = (Key: string, Body: Uint8Array | string) =>
    ask('S3', s3.send(new PutObjectCommand({ Bucket, Key, Body })));
  for (const [key, zip] of zips) await put(key, zip);
  await put(templateKey(content), JSON.stringify(template));
}

/** The template of a content that was deployed; undefined when the bucket does not have it. */
export async function fetchTemplate(
  { s3 }: Clients,
  Bucket: string,
  content: string,
): Promise<Template | undefined> {
  try {
    const { Body } = await ask('S3', s3.send(new GetObjectCommand({ Bucket, Key: templateKey(content) })));
    return readTemplate((await Body?.transformToString()) ?? '');
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
    throw error;
  }
}

/** CloudFormation removes no bucket that holds something. One that is gone already is no trouble. */
export async function emptyBucket({ s3 }: Clients, Bucket: string): Promise<void> {
  for (;;) {
    const { Contents = [] } = await ask('S3', s3.send(new ListObjectsV2Command({ Bucket }))).catch(noBucket);
    if (Contents.length === 0) return;
    const Objects = Contents.map(({ Key = '' }) => ({ Key }));
    const { Errors: [failed] = [] } = await ask(
      'S3',
      s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } })),
    );
    if (failed !== undefined)
      throw new Error(`${failed.Key} in ${Bucket} was not deleted: ${failed.Message}`);
  }
}

function noBucket(error: unknown): { Contents: [] } {
  if (error instanceof Error && error.name === 'NoSuchBucket') return { Contents: [] };
  throw error;
}
