/**
 * What a reload is about: everything, so that all workers are replaced by new ones; or the configuration, as far as it can hold while all workers
 * go on.
 */
export type ReloadScope = 'everything' | 'configuration';
