// What is to be reached, as ratios within one run. Pure.
import { advantage, type Headers, type Measure, OURS } from './measure.ts';
import { median } from './statistics.ts';
import { readable, times } from './numbers.ts';

/** `than`: how many times better than that server. */
interface RatioGoal {
  readonly work: string;
  readonly headers?: Headers;
  readonly than: string;
  readonly atLeast: number;
}

/** A value of ours alone. */
interface ValueGoal {
  readonly work: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

const RATIOS: readonly RatioGoal[] = [
  { work: 'wsgi-hello', headers: 'bare', than: 'granian', atLeast: 1.1 },
  { work: 'wsgi-hello', headers: 'browser', than: 'granian', atLeast: 1.5 },
  { work: 'wsgi-hello', than: 'gunicorn sync', atLeast: 8 },
  { work: 'wsgi-hello', than: 'uWSGI', atLeast: 2 },
  { work: 'wsgi-10k', headers: 'bare', than: 'granian', atLeast: 1 },
  { work: 'wsgi-10k', headers: 'browser', than: 'granian', atLeast: 1.2 },
  { work: 'asgi-hello', headers: 'bare', than: 'granian', atLeast: 1.1 },
  { work: 'asgi-hello', headers: 'browser', than: 'granian', atLeast: 1.3 },
  { work: 'asgi-hello', than: 'uvicorn', atLeast: 1.8 },
  { work: 'asgi-10k', headers: 'bare', than: 'granian', atLeast: 1 },
  { work: 'asgi-10k', headers: 'browser', than: 'granian', atLeast: 1.1 },
  { work: 'asgi-echo-10k', than: 'granian', atLeast: 1 },
  { work: 'asgi-echo-10k', than: 'uvicorn', atLeast: 1 },
  { work: 'websocket-echo', than: 'uvicorn', atLeast: 1 },
  { work: 'websocket-echo', than: 'granian', atLeast: 1 },
  { work: 'django-list', headers: 'browser', than: 'bare loop', atLeast: 0.95 },
  { work: 'static-1k', than: 'nginx', atLeast: 1 },
  { work: 'static-100k', than: 'nginx', atLeast: 1 },
  { work: 'static-10m', than: 'nginx', atLeast: 0.9 },
  { work: 'memory-preload', than: 'nginx + gunicorn', atLeast: 1 },
];

const VALUES: readonly ValueGoal[] = [
  { work: 'slow-views-p99', atMost: 30 },
  { work: 'slow-readers-kept', atLeast: 90 },
  { work: 'start-up-over-import', atMost: 200 },
];

export interface Judged {
  /** What is wanted, in words. */
  readonly goal: string;
  /** What was measured. */
  readonly measured: string;
  readonly met: boolean;
}

/** The goals that the measures say something about. */
export function judge(measures: readonly Measure[]): Judged[] {
  return [
    ...RATIOS.flatMap((goal) => measures.flatMap((measure) => judgeRatio(goal, measure))),
    ...VALUES.flatMap((goal) => measures.flatMap((measure) => judgeValue(goal, measure))),
  ];
}

function judgeRatio(goal: RatioGoal, measure: Measure): Judged[] {
  if (measure.work !== goal.work || (goal.headers && measure.headers !== goal.headers)) return [];
  const ratio = advantage(measure, OURS, goal.than);
  if (ratio === undefined) return [];
  return [
    {
      goal: `${nameOf(measure)}: at least ${goal.atLeast} × ${goal.than}`,
      measured: `${times(ratio.median)} ×`,
      met: ratio.median >= goal.atLeast,
    },
  ];
}

function judgeValue(goal: ValueGoal, measure: Measure): Judged[] {
  const rounds = measure.figures.find((figure) => figure.server === OURS)?.rounds ?? [];
  if (measure.work !== goal.work || rounds.length === 0) return [];
  const value = median(rounds);
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = goal;
  const wanted = goal.atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
  return [
    {
      goal: `${nameOf(measure)}: ${wanted} ${measure.unit}`,
      measured: `${readable(value)} ${measure.unit}`,
      met: value <= atMost && value >= atLeast,
    },
  ];
}

function nameOf({ work, headers }: Measure): string {
  return headers === null ? work : `${work}, ${headers === 'bare' ? 'bare' : 'a browser’s headers'}`;
}
