import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '@/api/endpoints';
import type { SearchAnswer } from '@/api/types';
import { usePreferences } from '@/shared/preferences';
import { barSeconds, resolve, type Bounds } from '@/shared/time/range';
import type { Schema } from './fields';
import type { SearchState } from './searchState';
import { histogramSql, searchSql, whereOf } from './sql/build';
import { ConditionError } from './sql/condition';
import { inspect } from './sql/inspect';

/** A state turned into what is sent: null parts cannot be asked for. */
export interface Plan {
  sql: string | null;
  /** The condition that also bounds the histogram and the values of the rail; undefined when it is not known. */
  where: string | null | undefined;
  bounds: Bounds | null;
  error: ConditionError | null;
}

export function planOf(state: SearchState, schema: Schema, bounds: Bounds | null): Plan {
  if (state.mode === 'sql') {
    const found = inspect(state.sql);
    return { sql: state.sql.trim() || null, where: found ? found.where : undefined, bounds, error: null };
  }
  try {
    const where = whereOf(state.text, state.filters, schema.types);
    return { sql: searchSql(state.columns, where, state.sort, state.limit), where, bounds, error: null };
  } catch (error) {
    if (error instanceof ConditionError) return { sql: null, where: undefined, bounds, error };
    throw error;
  }
}

export interface Bar {
  /** Start of the bar, epoch seconds. */
  time: number;
  events: number;
  hits: number;
}

export interface HistogramData {
  seconds: number;
  bars: Bar[];
  events: number;
  hits: number;
}

const barTarget = 160;
const keepMillis = 120_000;
/** Answers of a live search are of no use a moment later. */
const keepLiveMillis = 5_000;

export function useEventSearch(state: SearchState, schema: Schema, runAt: number) {
  const { zone } = usePreferences();
  const queryClient = useQueryClient();
  const { from, to } = state.range;
  const bounds = useMemo(() => resolve({ from, to }, runAt, zone), [from, to, runAt, zone]);
  const plan = useMemo(() => planOf(state, schema, bounds), [state, schema, bounds]);
  const key = ['events', 'search', plan.sql, plan.bounds?.from, plan.bounds?.to, state.limit];

  const rows = useQuery({
    queryKey: key,
    queryFn: ({ signal }): Promise<SearchAnswer> =>
      api.search({ sql: plan.sql ?? '', from: bounds?.from, to: bounds?.to, limit: state.mode === 'sql' ? state.limit : undefined }, signal),
    enabled: schema.ready && plan.sql !== null && bounds !== null,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: state.live ? keepLiveMillis : keepMillis,
  });

  const seconds = bounds ? barSeconds(bounds, barTarget) : 60;
  const histogram = useQuery({
    queryKey: ['events', 'histogram', plan.where, plan.bounds?.from, plan.bounds?.to],
    queryFn: async ({ signal }): Promise<HistogramData> => {
      const answer = await api.search({ sql: histogramSql(plan.where ?? null, seconds), from: bounds?.from, to: bounds?.to }, signal);
      return histogramOf(answer, bounds as Bounds, seconds);
    },
    enabled: schema.ready && plan.where !== undefined && bounds !== null,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: state.live ? keepLiveMillis : keepMillis,
  });

  const cancel = () => void queryClient.cancelQueries({ queryKey: ['events'] });
  return { plan, rows, histogram, cancel };
}

/** Puts the counted bars into a row without gaps: a bar that is missing had no events. */
export function histogramOf(answer: SearchAnswer, bounds: Bounds, seconds: number): HistogramData {
  const counted = new Map(answer.rows.map((row) => [Number(row[0]), [Number(row[1]), Number(row[2])] as const]));
  const first = Math.floor(bounds.from / 1000 / seconds) * seconds;
  const bars: Bar[] = [];
  let events = 0;
  let hits = 0;
  for (let time = first; time * 1000 < bounds.to && bars.length < 2000; time += seconds) {
    const [some, hit] = counted.get(time) ?? [0, 0];
    bars.push({ time, events: some, hits: hit });
    events += some;
    hits += hit;
  }
  return { seconds, bars, events, hits };
}
