import { notifications } from '@mantine/notifications';
import { queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient, type InfiniteData, type QueryKey } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { isProblem } from '@/api/client';
import { api } from '@/api/endpoints';
import type { Alert, AlertDetail, AlertPage, AlertPatch, EventRecord, User } from '@/api/types';
import { eventsByIdSql } from '@/features/events/sql/build';
import { boundsOfIds } from '@/shared/eventId';
import type { Zone } from '@/shared/time/range';
import { alertQuery, type AlertsState } from './alertsState';
import { patched } from './patch';

const pageSize = 100;
const pollMillis = 15_000;
const noUsers: User[] = [];

/** Pages of the queue. Relative times are resolved at each request, so that "last hour" goes on moving. */
export function useAlertQueue(state: AlertsState, zone: Zone) {
  const { alert: _, ...filters } = state;
  return useInfiniteQuery({
    queryKey: ['alerts', 'list', filters, zone],
    queryFn: ({ pageParam, signal }) => api.alerts({ ...alertQuery(state, Date.now(), zone), limit: pageSize, cursor: pageParam ?? undefined }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
    refetchInterval: (current) => ((current.state.data?.pages.length ?? 0) > 3 ? false : pollMillis),
    placeholderData: (previous) => previous,
  });
}

export const alertDetailQuery = (id: string) =>
  queryOptions({ queryKey: ['alerts', 'detail', id], queryFn: ({ signal }) => api.alert(id, signal), refetchInterval: pollMillis });

/** Hits beyond those that come with the alert, asked for a page at a time. */
export function useOlderHits(alert: AlertDetail) {
  return useInfiniteQuery({
    queryKey: ['alerts', 'olderHits', alert.id],
    queryFn: ({ pageParam, signal }) => api.alert(alert.id, signal, pageParam ?? undefined),
    initialPageParam: alert.eventsNext ?? null,
    getNextPageParam: (page) => page.eventsNext ?? null,
    enabled: false,
    staleTime: Infinity,
  });
}

export function useUsers(): readonly User[] {
  return useQuery({ queryKey: ['users'], queryFn: api.users, staleTime: 300_000 }).data?.items ?? noUsers;
}

/** The events that made a hit, oldest first. */
export function useBaseEvents(ids: readonly string[], alert: Alert) {
  return useQuery({
    queryKey: ['baseEvents', ids],
    queryFn: async ({ signal }): Promise<EventRecord[]> => {
      const bounds = boundsOfIds(ids) ?? { from: alert.firstSeen - 7 * 86_400_000, to: alert.lastSeen + 3_600_000 };
      const answer = await api.search({ sql: eventsByIdSql(ids), ...bounds, limit: 1000 }, signal);
      return answer.rows.map((row) => Object.fromEntries(answer.columns.map((column, index) => [column.name, row[index] ?? null])));
    },
    enabled: ids.length > 0,
    staleTime: Infinity,
  });
}

interface Change {
  alert: Alert;
  patch: Omit<AlertPatch, 'version'>;
}

type Snapshot = [QueryKey, unknown][];

/** Changes an alert at once on the screen, and takes it back when the server refuses. */
export function useAlertChange() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const users = useUsers();

  const replace = (id: string, change: (alert: Alert) => Alert) => {
    queryClient.setQueriesData<InfiniteData<AlertPage>>({ queryKey: ['alerts', 'list'] }, (data) =>
      data && { ...data, pages: data.pages.map((page) => ({ ...page, items: page.items.map((alert) => (alert.id === id ? change(alert) : alert)) })) },
    );
    queryClient.setQueryData<AlertDetail>(['alerts', 'detail', id], (detail) => detail && { ...detail, ...change(detail) });
  };

  return useMutation({
    mutationFn: ({ alert, patch }: Change) => api.patchAlert(alert.id, { ...patch, version: alert.version }),
    onMutate: async ({ alert, patch }): Promise<{ snapshot: Snapshot }> => {
      await queryClient.cancelQueries({ queryKey: ['alerts'] });
      const snapshot: Snapshot = [
        ...queryClient.getQueriesData({ queryKey: ['alerts', 'list'] }),
        [['alerts', 'detail', alert.id], queryClient.getQueryData(['alerts', 'detail', alert.id])],
      ];
      replace(alert.id, (known) => patched(known, { ...patch, version: known.version }, users));
      return { snapshot };
    },
    onError: (error, _change, context) => {
      for (const [key, data] of context?.snapshot ?? []) queryClient.setQueryData(key, data);
      notifications.show({
        color: 'red',
        title: isProblem(error, 409) ? t('alerts.conflict') : t('alerts.changeFailed'),
        message: isProblem(error, 409) ? t('alerts.conflictText') : isProblem(error) ? error.detail || error.title : String(error),
      });
    },
    onSuccess: (answer, { alert }) => replace(alert.id, (known) => ({ ...known, ...answer })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['alerts'] }),
  });
}

export function useComment(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (text: string) => api.commentAlert(id, text),
    onSuccess: (comment) => {
      queryClient.setQueryData<AlertDetail>(['alerts', 'detail', id], (detail) => detail && { ...detail, comments: [...detail.comments, comment] });
      return queryClient.invalidateQueries({ queryKey: ['alerts', 'detail', id] });
    },
  });
}
