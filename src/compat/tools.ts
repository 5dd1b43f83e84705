import { gunicorn } from './gunicorn.ts';
import { runserver } from './runserver.ts';
import type { Tool } from './translate.ts';
import { uvicorn } from './uvicorn.ts';
import { uwsgi } from './uwsgi.ts';

/** All tools whose command lines are understood. */
export const TOOLS: readonly Tool[] = [gunicorn, uvicorn, uwsgi, runserver];
