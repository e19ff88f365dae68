// The import arrows point one way: functions and live → lib; the outside world is known in one file each.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../local/settings.ts';

const files = globSync('{functions,lib,live,local,bin,ops,chaos,simulation,console}/**/*.{ts,tsx}', {
  cwd: root,
});
const text = (file: string) => readFileSync(join(root, file), 'utf8');
const specifiers = (file: string) =>
  [...text(file).matchAll(/^(?:import|export)[^'"]*?from '([^']+)'|^import '([^']+)'/gms)].map(
    ([, from, bare]) => from ?? bare ?? '',
  );
/** What a file imports: paths from the root, or names of packages. */
const imports = (file: string) =>
  specifiers(file).map((name) =>
    name.startsWith('.') ? relative(root, join(root, dirname(file), name)) : name,
  );
const importers = (name: string) =>
  files.filter((file) => imports(file).includes(name) && file.startsWith('lib/'));
const inside = (folder: string) => files.filter((file) => file.startsWith(`${folder}/`));

/** The rooms, and which others each may reach. An arrow that isn't here is a decision: make it here first. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  'lib/receive': ['lib'],
  'lib/queue': ['lib', 'lib/receive'],
  'lib/secrets': ['lib', 'lib/config.ts'],
  'lib/publish': ['lib', 'lib/queue'],
  'lib/redis': ['lib', 'lib/publish'],
  // The settings of all rooms are read in one place.
  'lib/config.ts': ['lib/receive', 'lib/publish', 'lib/redis'],
  functions: ['lib', 'lib/config.ts', 'lib/receive', 'lib/queue', 'lib/publish', 'lib/redis', 'lib/secrets'],
  'live/access/loopback.ts': [],
  'live/config.ts': ['lib', 'lib/config.ts', 'lib/receive', 'live/access/loopback.ts'],
  'live/access': ['lib', 'lib/receive', 'live/config.ts'],
  'live/state': ['lib', 'lib/publish'],
  'live/stream': ['lib', 'lib/publish', 'lib/redis', 'live/access', 'live/state'],
  // What both protocols know: the context, and the lists that a client may ask for.
  live: ['lib', 'lib/publish', 'live/access', 'live/config.ts', 'live/state'],
  'live/metrics': ['lib', 'lib/receive', 'live/access', 'live/stream'],
  'live/axialys': ['lib', 'lib/publish', 'live', 'live/access', 'live/state'],
  'live/xuc': ['lib', 'lib/publish', 'live', 'live/access', 'live/state'],
  // Searches the stream, and shows what an event made.
  'live/console': [
    ...['lib', 'lib/config.ts', 'lib/publish'],
    ...['live', 'live/config.ts', 'live/access', 'live/access/loopback.ts', 'live/state', 'live/stream'],
  ],
};
/** Where the gateway is put together; they may reach everything in lib and live. */
const wiring = ['live/main.ts', 'live/gateway.ts', 'live/server.ts'];

const roomOf = (file: string): string => {
  if (file in arrows) return file;
  const [top = '', room = '', ...rest] = file.split('/');
  return rest.length > 0 ? `${top}/${room}` : top;
};

describe('a room', () => {
  const all = [...inside('lib'), ...inside('live'), ...inside('functions')];

  it('reaches those that are stated, and no other', () => {
    for (const file of all.filter((name) => !wiring.includes(name))) {
      const own = roomOf(file);
      const reached = imports(file)
        .filter((name) => all.includes(name))
        .map(roomOf);
      const stray = reached.filter((room) => room !== own && !arrows[own]?.includes(room));
      assert.deepEqual(stray, [], `${file}, of the room ${own}`);
    }
  });

  it('reaches no room from which it is reached', () => {
    const reach = (room: string, seen: readonly string[] = []): string[] =>
      seen.includes(room)
        ? []
        : (arrows[room] ?? []).flatMap((next) => [next, ...reach(next, [...seen, room])]);
    for (const room of Object.keys(arrows)) assert.ok(!reach(room).includes(room), room);
  });

  // The script runs in Redis in test/redis/publisher.test.ts; constants; the registry is in dialect.test.ts.
  const elsewhere = [
    'lib/redis/publish.lua.ts',
    'lib/publish/notification.ts',
    'lib/publish/dialects/index.ts',
  ];

  it('of lib has a test of the name of each file that holds more than types', () => {
    const bare = (file: string) =>
      !/^(?:export )?(?:async )?(?:function|const|class|let)\b/m.test(text(file));
    const tested = (file: string) =>
      existsSync(join(root, file.replace(/^lib\//, 'test/').replace(/\.ts$/, '.test.ts')));
    assert.deepEqual(
      inside('lib').filter((file) => !bare(file) && !tested(file) && !elsewhere.includes(file)),
      [],
    );
  });
});

describe('an import', () => {
  it('is found in every file that is looked at: the reader of this test works', () => {
    assert.ok(files.length > 30);
    assert.ok(imports('functions/webhook.ts').includes('lib/receive/endpoint.ts'));
  });

  it('in lib reaches nothing but lib', () => {
    for (const file of inside('lib')) {
      for (const name of imports(file))
        assert.doesNotMatch(name, /^(?:functions|live|local|bin|test)\//, file);
    }
  });

  it('in functions reaches nothing but lib, and types', () => {
    for (const file of inside('functions')) {
      for (const name of imports(file)) assert.match(name, /^lib\/|^aws-lambda$/, file);
    }
  });

  it('in live reaches nothing but live, lib and the libraries of its sockets', () => {
    for (const file of inside('live')) {
      for (const name of imports(file))
        assert.match(name, /^(?:live|lib)\/|^node:|^(?:socket\.io|ws|zod\/mini|package\.json)$/, file);
    }
  });

  it('in simulation reaches nothing but simulation: the operators’ command and the chaos run both begin there', () => {
    for (const file of inside('simulation')) {
      for (const name of imports(file)) assert.match(name, /^simulation\//, file);
    }
  });

  it('in ops never reaches what breaks things', () => {
    for (const file of inside('ops')) {
      for (const name of imports(file)) assert.doesNotMatch(name, /^(?:chaos|test|bench)\//, file);
    }
  });

  it('in console reaches nothing but console, the types of what it is answered, and the libraries of the page', () => {
    for (const file of inside('console')) {
      for (const name of imports(file))
        assert.match(
          name,
          /^console\/|^live\/console\/schema\.ts$|^(?:preact(?:\/hooks)?|@preact\/signals)$/,
          file,
        );
      assert.doesNotMatch(text(file), /^import (?!type).*schema\.ts'/m, file);
    }
  });

  it('of lib/redis/connection.ts, in live, is in live/stream alone: the fold and the protocols know no Redis', () => {
    const readers = inside('live').filter((file) => imports(file).includes('lib/redis/connection.ts'));
    assert.deepEqual(readers.sort(), [
      'live/stream/lengths.ts',
      'live/stream/reader.ts',
      'live/stream/search.ts',
    ]);
  });

  it('of the AWS SDK is in lib/queue/sqs.ts alone, of ioredis in lib/redis/connection.ts alone', () => {
    assert.deepEqual(importers('@aws-sdk/client-sqs'), ['lib/queue/sqs.ts']);
    assert.deepEqual(importers('ioredis'), ['lib/redis/connection.ts']);
  });

  it('never leads from one dialect or source to another', () => {
    for (const folder of ['lib/publish/dialects', 'lib/receive/sources']) {
      const interfaces = [`${folder}/dialect.ts`, `${folder}/source.ts`];
      const siblings = imports(`${folder}/index.ts`).filter(
        (name) => dirname(name) === folder && !interfaces.includes(name),
      );
      for (const file of inside(folder).filter((name) => basename(name) !== 'index.ts')) {
        const others = imports(file).filter((name) => siblings.includes(name));
        assert.deepEqual(others, [], file);
      }
    }
  });
});

describe('the environment', () => {
  it('is read in lib/config.ts and live/config.ts alone', () => {
    const readers = [...inside('lib'), ...inside('functions'), ...inside('live')].filter((file) =>
      text(file).includes('process.env'),
    );
    assert.deepEqual(readers.sort(), ['lib/config.ts', 'live/config.ts']);
  });
});

describe('reading a hook and speaking a dialect', () => {
  it('know no clock, no network and no chance', () => {
    for (const file of [
      ...inside('lib/publish/dialects'),
      ...inside('lib/receive/sources'),
      'lib/receive/body.ts',
      'lib/event.ts',
      'lib/publish/lifecycle.ts',
      'lib/publish/relay.ts',
    ]) {
      assert.doesNotMatch(text(file), /Date\.now|new Date|Math\.random|fetch\(|node:(?:net|http|fs)/, file);
    }
  });
});

describe('the simulation', () => {
  it('knows no clock, no network and no chance but its seed', () => {
    for (const file of inside('simulation'))
      assert.doesNotMatch(
        text(file),
        /Date\.now|new Date|Math\.random|performance|fetch\(|from 'node:/,
        file,
      );
  });
});

describe('the fold', () => {
  const fold = (file: string): string[] => [
    file,
    ...imports(file)
      .filter((name) => name.startsWith('live/'))
      .flatMap(fold),
  ];

  it('and its statistics know no clock, no network and no chance', () => {
    for (const file of [...fold('live/state/reducer.ts'), ...fold('live/state/statistics.ts')]) {
      // A date may be written, not asked for.
      assert.doesNotMatch(
        text(file),
        /Date\.now|new Date\(\)|Math\.random|performance|fetch\(|process\.|from 'node:/,
        file,
      );
      for (const name of imports(file)) assert.match(name, /^(?:lib|live)\//, file);
    }
    assert.ok(fold('live/state/reducer.ts').includes('live/state/attempts.ts'));
  });
});
