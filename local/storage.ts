// The folder of a run when it takes no data: full, read-only, or of another user. What to do about it.
import { constants } from 'node:fs';
import { access, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes that must be free at the start: the bundles, and the first hours of queues. */
const ROOM = 8 * 1024 * 1024;

/** Makes the folder. Throws an error with the remedy when a run could not write to it, or to what is in it. */
export async function claimFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const probe = join(folder, 'room');
    await writeFile(probe, Buffer.alloc(ROOM)).finally(() => rm(probe, { force: true }));
    // A first run as root leaves files that another user can't write.
    for (const name of await readdir(folder, { recursive: true })) {
      await access(join(folder, name), constants.W_OK).catch((error: NodeJS.ErrnoException) => {
        // A Redis that was left behind may be at work there.
        if (error.code !== 'ENOENT') throw error;
      });
    }
  } catch (error) {
    throw storageError(error, folder);
  }
}

/** The same error with the folder and the remedy; an error of another kind as it is. */
export function storageError(error: unknown, folder: string): unknown {
  const remedy = error instanceof Error ? findRemedy(error, folder) : undefined;
  if (!(error instanceof Error) || remedy === undefined) return error;
  return new Error(`cannot write to ${folder} (${error.message}): ${remedy}`, { cause: error });
}

function findRemedy(error: Error, folder: string): string | undefined {
  const user = process.getuid?.();
  const owner = `as root, mkdir -p ${folder} && chown -R ${user} ${folder}; or start as its owner`;
  const room = 'make room on that disk';
  const readOnly = 'mount that file system for writing';
  const sqlite: Readonly<Record<number, string>> = {
    8: `${readOnly}, or, ${owner}`,
    10: 'look whether that disk is full or broken',
    13: room,
    14: owner,
  };
  // The upper bits of an SQLite code are details of the lower eight.
  if ('errcode' in error && typeof error.errcode === 'number') return sqlite[error.errcode & 0xff];
  const system: Readonly<Record<string, string>> = {
    EACCES: owner,
    EPERM: owner,
    EROFS: readOnly,
    ENOSPC: room,
    EDQUOT: room,
    EFBIG: room,
  };
  return 'code' in error ? system[String(error.code)] : undefined;
}
