// The files of the page: text that a build made, or nothing where the gateway runs without a page.

import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

/** What a build makes of console/. */
export type Page = { readonly html: string; readonly script: string; readonly style: string };

declare const CONSOLE_PAGE: Page | undefined;

/** The page that is bundled with the gateway; run from its source, it has none. */
export const bundledPage = (): Page | undefined =>
  typeof CONSOLE_PAGE === 'undefined' ? undefined : CONSOLE_PAGE;

/** Nothing of another host, no script or style in the document, no frame around it, and text never becomes HTML. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Of each answer of the console. */
export const safeHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** What serves the files, by path; undefined for any other path. */
export function createPageServer({ html, script, style }: Page) {
  const files = new Map(
    [
      ['/', 'text/html', html],
      ['/console.js', 'text/javascript', script],
      ['/console.css', 'text/css', style],
    ].map(([path = '', type, text = '']) => {
      const etag = `"${hash('sha256', text, 'base64url').slice(0, 20)}"`;
      return [path, { type: `${type}; charset=utf-8`, body: gzipSync(text), text, etag }];
    }),
  );

  return (path: string, request: IncomingMessage, response: ServerResponse): boolean => {
    const file = files.get(path);
    if (file === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    const { type, body, text, etag } = file;
    const gzip = /\bgzip\b/.test(`${request.headers['accept-encoding']}`);
    const headers = {
      ...safeHeaders,
      'content-security-policy': POLICY,
      'cache-control': 'no-cache',
      vary: 'accept-encoding',
      etag,
    };
    if (request.headers['if-none-match'] === etag) response.writeHead(304, headers).end();
    else {
      const encoding = gzip ? { 'content-encoding': 'gzip' } : {};
      response.writeHead(200, { ...headers, ...encoding, 'content-type': type });
      response.end(request.method === 'HEAD' ? undefined : gzip ? body : text);
    }
    return true;
  };
}
