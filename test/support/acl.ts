// What docs/redis.md grants the user of a bridge, in the words of ACL SETUSER.
import assert from 'node:assert/strict';
import { fileText } from './stack.ts';

const [page = ''] = (await fileText('docs/redis.md')).split('hookline doctor');
const words = (pattern: RegExp) => [...page.matchAll(pattern)].flatMap(([, list = '']) => list.split(' '));
const commands = words(/`(\+[a-z+ ]+)`/g);
const scope = words(/`([~&][^`]+)`/g);

/** @param newfiesChannel when DIALECTS names newfies */
export function grants(base: string, newfiesChannel?: string): string[] {
  assert.ok(commands.length > 10 && scope.length === 4);
  const granted = scope
    .map((word) => word.replace('<base>', base))
    .flatMap((word) => (word === '&<NEWFIES_CHANNEL>' ? newfies(newfiesChannel) : [word]));
  return ['resetchannels', ...granted, ...commands];
}

const newfies = (channel: string | undefined) => (channel === undefined ? [] : [`&${channel}`]);
