import { Switch } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { useQueries, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import { useHotkeys } from '@/shared/hotkeys';
import { setPreference, usePreferences } from '@/shared/preferences';
import { ListSearch, SplitPage } from '@/shared/ui/SplitPage';
import { Empty, Failure, Loading } from '@/shared/ui/states';
import { useNow } from '@/shared/ui/useNow';
import { SourceDetail } from './SourceDetail';
import { SourceList, type CollectorSources } from './SourceList';
import { bySeverity, verdict, type SourcesParams } from './sourcesState';

const route = getRouteApi('/shell/sources');
const pollMillis = 5000;

/** How well each source is understood: the list on the left, one source with the stages of its collector on the right. */
export function SourcesPage() {
  const { t } = useTranslation();
  const params = route.useSearch();
  const navigate = useNavigate();
  const { sourceListWidth } = usePreferences();
  const now = useNow(pollMillis);
  const collectors = useQuery({ queryKey: ['collectors'], queryFn: api.collectors, refetchInterval: pollMillis });
  const items = useMemo(() => collectors.data?.items ?? [], [collectors.data]);
  const lists = useQueries({
    queries: items.map((collector) => ({ queryKey: ['collectors', collector.name, 'sources'], queryFn: () => api.sources(collector.name), refetchInterval: pollMillis })),
    combine: (answers) => ({ pages: answers.map((answer) => answer.data), error: answers.find((answer) => answer.error)?.error ?? null, pending: answers.some((answer) => answer.isPending) }),
  });

  const onlyProblems = params.only === 'problems';
  const words = (params.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const all = items.flatMap((collector, index) => (lists.pages[index]?.items ?? []).map((source) => ({ collector, source })));
  const problems = all.filter(({ source }) => verdict(source, now) !== 'well').length;
  const groups: CollectorSources[] = items.map((collector, index) => ({
    collector,
    forgotten: lists.pages[index],
    sources: (lists.pages[index]?.items ?? [])
      .filter((source) => (!onlyProblems || verdict(source, now) !== 'well') && words.every((word) => `${collector.name} ${source.source} ${source.normalizers.map((way) => way.name).join(' ')}`.toLowerCase().includes(word)))
      .toSorted(bySeverity(now)),
  }));
  const shown = groups.flatMap(({ collector, sources }) => sources.map((source) => ({ collector, source })));
  const chosen = shown.findIndex(({ collector, source }) => collector.name === params.collector && source.id === params.source);
  const first = shown.toSorted((a, b) => bySeverity(now)(a.source, b.source))[0];
  const open = params.collector && params.source ? { collector: params.collector, source: params.source } : first ? { collector: first.collector.name, source: first.source.id } : null;
  const collector = items.find((one) => one.name === open?.collector);

  const update = (patch: SourcesParams, replace = true) => void navigate({ to: '/sources', search: { ...params, ...patch }, replace });
  const move = (by: number) => {
    const at = chosen >= 0 ? chosen : shown.findIndex(({ collector: one, source }) => one.name === open?.collector && source.id === open.source);
    const next = shown[Math.max(0, Math.min(shown.length - 1, at + by))];
    if (next) update({ collector: next.collector.name, source: next.source.id });
  };
  useHotkeys({ j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1) });

  const failure = collectors.error ?? lists.error;
  return (
    <SplitPage
      title={t('nav.sources')}
      label={t('sources.list')}
      count={t('sources.count', { count: all.length })}
      aside={<Switch size="xs" checked={onlyProblems} onChange={(event) => update({ only: event.currentTarget.checked ? 'problems' : undefined })} label={t('sources.onlyProblems', { count: problems })} data-testid="only-problems" />}
      tools={<ListSearch label={t('sources.search')} value={params.q} onChange={(q) => update({ q })} />}
      list={
        collectors.isPending ? (
          <Loading rows={10} />
        ) : failure && items.length === 0 ? (
          <Failure error={failure} retry={() => void collectors.refetch()} />
        ) : items.length === 0 ? (
          <Empty title={t('sources.none')} icon={<IconPlugConnected size={26} stroke={1.4} />}>
            {t('sources.noneText')}
          </Empty>
        ) : shown.length === 0 && all.length > 0 ? (
          <Empty title={onlyProblems && words.length === 0 ? t('sources.noProblems') : t('sources.noMatch')}>{onlyProblems && words.length === 0 ? t('sources.noProblemsText') : null}</Empty>
        ) : (
          <SourceList groups={groups} filtered={onlyProblems || words.length > 0} pending={lists.pending} open={open} now={now} onOpen={(name, source) => update({ collector: name, source })} />
        )
      }
      width={sourceListWidth}
      resizeLabel={t('sources.resize')}
      onResize={(size) => setPreference('sourceListWidth', size)}
    >
      {open ? (
        <SourceDetail key={`${open.collector}/${open.source}`} name={open.collector} id={open.source} collector={collector} now={now} />
      ) : collectors.isPending || lists.pending ? (
        <Loading rows={12} />
      ) : (
        <Empty title={t('sources.quiet')} icon={<IconPlugConnected size={30} stroke={1.3} />}>
          {t('sources.quietText')}
        </Empty>
      )}
    </SplitPage>
  );
}
