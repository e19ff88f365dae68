// A share of a core for a process, as Lambda gives it by memory: the kernel's quota of a control group.
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** Lambda gives CPU in proportion to memory; so many MB are a core. Source: AWS Lambda, "Configure function memory". */
const CORE = 1_769;
/** Microseconds of wall time in which the share may be used. */
const PERIOD = 20_000;

export type Quota = {
  /** the command that runs another within it */
  readonly under: readonly string[];
  /** when nothing runs within it any more */
  readonly remove: () => Promise<void>;
};

/** Rejects where this machine lets nobody make control groups. @param memory MB, at most those of a core */
export async function openQuota(memory: number): Promise<Quota> {
  const microseconds = Math.round((PERIOD * memory) / CORE);
  const { folder, write } = await findController();
  const group = join(folder, `hookline-bench-${process.pid}-${memory}`);
  await mkdir(group);
  const remove = () => removeGroup(group);
  try {
    await write(group, microseconds);
  } catch (error) {
    await remove();
    throw error;
  }
  const enter = 'echo $$ > "$0/cgroup.procs" && exec "$@"';
  return { under: ['/bin/sh', '-c', enter, group], remove };
}

/** Where this process is in the hierarchy of the CPU controller, and how that is told a quota: version 1 or 2. */
async function findController() {
  const own = await readFile('/proc/self/cgroup', 'utf8');
  const first = /^\d+:(?:[^:]*,)?cpu(?:,[^:]*)?:(.*)$/m.exec(own)?.[1];
  if (first !== undefined) {
    return {
      folder: join('/sys/fs/cgroup/cpu', first),
      write: async (group: string, microseconds: number) => {
        await writeFile(join(group, 'cpu.cfs_period_us'), `${PERIOD}`);
        await writeFile(join(group, 'cpu.cfs_quota_us'), `${microseconds}`);
      },
    };
  }
  return {
    folder: join('/sys/fs/cgroup', /^0::(.*)$/m.exec(own)?.[1] ?? ''),
    write: (group: string, microseconds: number) =>
      writeFile(join(group, 'cpu.max'), `${microseconds} ${PERIOD}`),
  };
}

/** A group is busy until the kernel has done with its last process. */
async function removeGroup(group: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await rmdir(group);
      return;
    } catch (error) {
      if (tries === 1_000) throw error;
      await setTimeout(20);
    }
  }
}
