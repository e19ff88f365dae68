// The front on this machine: delivers what an HTTP API delivers (payload format 2.0) and answers what the function answers.
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { log } from '../lib/log.ts';
import { formatUrl, listenError } from './reach.ts';

export type HttpApi = {
  readonly url: string;
  /** Takes no more requests and waits for those under way, also for those whose caller has hung up. */
  readonly stop: () => Promise<void>;
};

/** No more than this of a body is kept: the door refuses it by its size, and memory stays flat. */
const KEPT = 1024 * 1024;

/** The content types that are delivered as text, if it is text; every other body comes in base64. */
const TEXT = /^(?:text\/.*|application\/(?:.*\+)?(?:json|xml)|application\/(?:x-)?javascript)$/;

/** Where it listens; the port 0 takes a free one. */
export type Place = { readonly host: string; readonly port: number };

export async function startHttpApi(
  place: Place,
  invoke: (event: APIGatewayProxyEventV2) => Promise<unknown>,
): Promise<HttpApi> {
  const underWay = new Set<Promise<void>>();
  const halfSent = new Set<IncomingMessage>();
  const server = createServer(async (request, response) => {
    halfSent.add(request);
    const body = await read(request).catch(() => undefined);
    halfSent.delete(request);
    // Whoever hung up before the end of the body has sent nothing.
    if (body === undefined) return;
    const served = serve(request, body, response, invoke).finally(() => underWay.delete(served));
    underWay.add(served);
  });
  server.on('clientError', (_error, socket) => {
    const body = '{"status":400,"title":"This is no HTTP"}';
    const head = `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
    socket.end(`${head}\r\nconnection: close\r\n\r\n${body}`);
  });
  await listen(server, place);
  return {
    url: formatUrl(place.host, (server.address() as AddressInfo).port),
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const request of halfSent) request.destroy();
      await Promise.all(underWay);
      // A keep-alive connection would otherwise hold the server open after its last answer.
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, place: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, place, { host: 'HOST', port: 'PORT' })));
    server.listen(place.port, place.host, resolve);
  });
}

async function serve(
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  invoke: (event: APIGatewayProxyEventV2) => Promise<unknown>,
): Promise<void> {
  try {
    const result = (await invoke(gatewayEvent(request, body))) as APIGatewayProxyStructuredResultV2;
    response.writeHead(result.statusCode ?? 200, result.headers as Record<string, string>).end(result.body);
  } catch (error) {
    log('error', 'the function failed', { error });
    response
      .writeHead(500, { 'content-type': 'application/json' })
      .end('{"message":"Internal Server Error"}');
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (size < KEPT) chunks.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(chunks);
}

function gatewayEvent(request: IncomingMessage, body: Buffer): APIGatewayProxyEventV2 {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const headers = Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values]) => [name, values?.join(',')]),
  );
  const now = new Date();
  const isText =
    isUtf8(body) && TEXT.test(headers['content-type']?.split(/[;,]/)[0]?.trim().toLowerCase() ?? '');
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers,
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: headers['host'] ?? 'localhost',
      domainPrefix: 'local',
      http: {
        method: request.method ?? 'GET',
        path,
        protocol: `HTTP/${request.httpVersion}`,
        // An IPv4 address that came in over a socket of IPv6 is that address.
        sourceIp: request.socket.remoteAddress?.replace(/^::ffff:(?=[\d.]+$)/, '') ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}
