import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { EventParser, follow } from './sse';

describe('EventParser', () => {
  it('reads events cut anywhere, with any line ends, and passes over comments', () => {
    const text = ': ping\r\nid: 7\r\ndata: {"a":1}\r\n\r\nevent: reset\ndata: x\ndata: y\n\n';
    for (let size = 1; size < text.length; size++) {
      const parser = new EventParser();
      const found = [];
      for (let at = 0; at < text.length; at += size) found.push(...parser.push(text.slice(at, at + size)));
      expect(found).toEqual([
        { id: '7', event: 'message', data: '{"a":1}' },
        { id: '7', event: 'reset', data: 'x\ny' },
      ]);
    }
  });
});

describe('follow', () => {
  let server: Server;
  afterEach(() => new Promise<void>((done) => server.close(() => done())));

  it('comes back with the last id and misses nothing', async () => {
    const asked: (string | undefined)[] = [];
    const answer = (response: ServerResponse, from: number): void => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.end(`id: ${from}\ndata: ${from}\n\nid: ${from + 1}\ndata: ${from + 1}\n\n`);
    };
    server = createServer((request, response) => {
      const last = request.headers['last-event-id'] as string | undefined;
      asked.push(last);
      answer(response, Number(last ?? 0) + 1);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

    const seen: string[] = [];
    await new Promise<void>((done) => {
      const stop = follow('', {
        url: () => url,
        onevent: (event) => {
          seen.push(event.data);
          if (seen.length >= 6) {
            stop();
            done();
          }
        },
        onalive: () => undefined,
        onlost: () => undefined,
        onrefused: () => undefined,
      });
    });
    expect(seen.slice(0, 6)).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(asked.slice(0, 3)).toEqual([undefined, '2', '4']);
  });

  it('stops when the server refuses', async () => {
    server = createServer((_request, response) => response.writeHead(403).end());
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const status = await new Promise<number>((done) =>
      follow('', {
        url: () => url,
        onevent: () => undefined,
        onalive: () => undefined,
        onlost: () => undefined,
        onrefused: done,
      }),
    );
    expect(status).toBe(403);
  });
});
