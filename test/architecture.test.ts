// The import arrows point one way: functions and live → lib; the outside world is known in one file each.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../local/settings.ts';

const files = globSync('{functions,lib,live,local,bin,ops,chaos,simulation}/**/*.ts', { cwd: root });
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
        assert.match(name, /^(?:live|lib)\/|^node:|^(?:socket\.io|ws|zod\/mini)$/, file);
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

  it('of lib/redis/connection.ts, in live, is in live/stream/reader.ts alone: the fold and the protocols know no Redis', () => {
    const readers = inside('live').filter((file) => imports(file).includes('lib/redis/connection.ts'));
    assert.deepEqual(readers, ['live/stream/reader.ts']);
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
