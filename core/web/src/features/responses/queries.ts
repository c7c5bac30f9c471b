import { queryOptions, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/endpoints';
import type { RunState } from '@/api/responses';
import { isOpen } from './responsesState';

const pollMillis = 10_000;
/** While a run is under way somebody looks at it. */
const openPollMillis = 1_000;
const pageSize = 100;

export const responsesQuery = queryOptions({ queryKey: ['responses', 'list'], queryFn: api.responses, refetchInterval: pollMillis });

export const alertRunsQuery = (alertId: string) =>
  queryOptions({
    queryKey: ['responses', 'alert', alertId],
    queryFn: ({ signal }) => api.alertResponses(alertId, signal),
    refetchInterval: (query) => (query.state.data?.items.some(isOpen) ? openPollMillis : pollMillis),
  });

/** Runs, newest first, a page at a time. */
export function useRuns(response: string | undefined, state: RunState | undefined) {
  return useInfiniteQuery({
    queryKey: ['responses', 'runs', response ?? '', state ?? ''],
    queryFn: ({ pageParam, signal }) => api.responseRuns({ response, state, limit: pageSize, cursor: pageParam ?? undefined }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
    refetchInterval: (current) => ((current.state.data?.pages.length ?? 0) > 3 ? false : pollMillis),
    placeholderData: (previous) => previous,
  });
}

/** Runs a response for a finding of an alert because a person wants it. */
export function useRunByHand(alertId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: { response: string; findingId: string | null }) => api.runResponse(alertId, body),
    onSuccess: () => Promise.all([queryClient.invalidateQueries({ queryKey: ['responses'] }), queryClient.invalidateQueries({ queryKey: ['alerts', 'detail', alertId] })]),
  });
}
