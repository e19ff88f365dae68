// The dialects by the names that DIALECTS gives them.
import type { Dialect } from './dialect.ts';
import { enigma } from './enigma.ts';

export const dialects = { enigma } as const satisfies Record<string, Dialect>;

export type DialectName = keyof typeof dialects;
