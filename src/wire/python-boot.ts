/**
 * The interpreter arguments that start a worker, or any other program of the bridge folder. The folder is put first on `sys.path`, and the
 * current folder (the empty entry of `python -c`) is taken off, for the one import: a project's own `json.py` or `types.py`
 * must not take the place of the standard library's while the bridge is being loaded. The bridge then takes its own folder off again.
 */
export function workerArguments(bridgeDir: string): string[] {
  return ['-c', PYTHON_BOOT, bridgeDir];
}

/** The same for another program of the bridge, with arguments of its own (from `sys.argv[2]` on). */
export function bridgeArguments(bridgeDir: string, module: string, ...rest: readonly string[]): string[] {
  return ['-c', PYTHON_BOOT.replace('licorne_worker.boot', `licorne_worker.${module}`), bridgeDir, ...rest];
}

const PYTHON_BOOT =
  "import sys; sys.path[:] = [sys.argv[1]] + sys.path[sys.path[:1] == ['']:]; import licorne_worker.boot as b; b.main()";
