// What `strace -c` counted. Pure.

/** Calls by name, of a summary as `strace -c` prints it. Lines that are none of its table are left out. */
export function parseSummary(text: string): Map<string, number> {
  const calls = new Map<string, number>();
  for (const line of text.split('\n')) {
    // % time, seconds, microseconds per call, calls, perhaps errors, name
    const match = /^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?([a-z_]\w*)\s*$/.exec(line);
    if (match?.[2] !== undefined && match[2] !== 'total') calls.set(match[2], Number(match[1]));
  }
  return calls;
}

/**
 * Calls that wait or wake somebody, and those of the clock and of memory: how many there are depends on the machine's hour and on how
 * its collectors feel, not on what a request asks for.
 */
const OF_THE_HOUR =
  /^(?:epoll_p?wait2?|p?poll|ppoll|p?select6?|futex|clock_nanosleep|nanosleep|clock_gettime|gettimeofday|sched_yield|restart_syscall|madvise|mmap|munmap|mprotect|brk|getrusage|rt_sig\w+|membarrier|rseq|exit|clone3?)$/;

/** The calls that a request makes because of what it is: reading, writing, opening. */
export function workCalls(calls: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [name, count] of calls) if (!OF_THE_HOUR.test(name)) sum += count;
  return sum;
}

/** All of them. */
export function allCalls(calls: ReadonlyMap<string, number>): number {
  return [...calls.values()].reduce((sum, count) => sum + count, 0);
}
