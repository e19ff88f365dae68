// The dialects that the consumer speaks, by the names that DIALECTS gives them; the others are for live streams.
import type * as z from 'zod/mini';
import type { Notification } from '../notification.ts';
import type { Dialect, Places } from './dialect.ts';
import { enigma } from './enigma.ts';
import { listNewfiesChannels, newfies, newfiesSettings } from './newfies.ts';

/** The settings of the dialects themselves: a schema for each variable of the environment. */
export const dialectSettings = { ...newfiesSettings };

export type DialectSettings = z.output<z.ZodMiniObject<typeof dialectSettings>>;

/** `listChannels` names the channels of its own that a dialect publishes on, outside the base key. */
type Registered = {
  readonly dialect: Dialect<Notification, Places & DialectSettings>;
  readonly listChannels: (settings: DialectSettings) => readonly string[];
};

export const dialects = {
  enigma: { dialect: enigma, listChannels: () => [] },
  newfies: { dialect: newfies, listChannels: listNewfiesChannels },
} as const satisfies Record<string, Registered>;

export type DialectName = keyof typeof dialects;
