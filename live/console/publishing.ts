// How the consumer of this tenant publishes, by the same settings: what the console must know to name what a hook made.
import { listKeys } from '../../lib/config.ts';
import { dialects } from '../../lib/publish/dialects/index.ts';
import type { LiveConfig } from '../config.ts';
import type { Publishing } from '../state/timeline.ts';

export const readPublishing = (config: LiveConfig): Publishing => ({
  dialects: config.DIALECTS.map((name) => dialects[name].dialect),
  known: {
    ...config,
    base: config.ENIGMA_BASE,
    agentTypes: config.AGENT_TYPES,
    cdrLists: listKeys(config),
  },
});
