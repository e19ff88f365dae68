// The dialects that the consumer speaks, by the names that DIALECTS gives them; the others are for live streams.
import type { Dialect } from './dialect.ts';
import { enigma } from './enigma.ts';
import { newfies } from './newfies.ts';

export const dialects = { enigma, newfies } as const satisfies Record<string, Dialect>;

export type DialectName = keyof typeof dialects;
