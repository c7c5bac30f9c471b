import { UnstyledButton } from '@mantine/core';
import { IconBolt } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useHotkeys } from '@/shared/hotkeys';
import { setPreference, usePreferences } from '@/shared/preferences';
import { ListSearch, SplitPage } from '@/shared/ui/SplitPage';
import { Empty, Failure, Loading } from '@/shared/ui/states';
import { useNow } from '@/shared/ui/useNow';
import { responsesQuery } from './queries';
import { ResponseDetail } from './ResponseDetail';
import { ResponseList } from './ResponseList';
import { byNeed, runState, type ResponsesParams } from './responsesState';
import classes from './ResponsesPage.module.css';
import { RunTable } from './RunTable';

const route = getRouteApi('/shell/responses');

/** What is done by itself or by hand when a rule finds something, and everything that was done. */
export function ResponsesPage() {
  const { t } = useTranslation();
  const params = route.useSearch();
  const navigate = useNavigate();
  const { responseListWidth } = usePreferences();
  const now = useNow(15_000);
  const responses = useQuery(responsesQuery);
  const all = useMemo(() => responses.data?.items ?? [], [responses.data]);
  const shown = useMemo(() => {
    const words = (params.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    return all.filter((rule) => words.every((word) => `${rule.name} ${rule.description} ${rule.kind} ${rule.rules.join(' ')}`.toLowerCase().includes(word))).toSorted(byNeed);
  }, [all, params.q]);
  const open = params.response ? all.find((rule) => rule.name === params.response) : undefined;
  const state = runState(params.state);

  const update = (patch: ResponsesParams) => void navigate({ to: '/responses', search: { ...params, ...patch }, replace: true });
  const move = (by: number) => {
    const at = shown.findIndex((rule) => rule.name === params.response);
    const next = shown[Math.max(0, Math.min(shown.length - 1, at + by))];
    if (next) update({ response: next.name });
  };
  useHotkeys({ j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1), Escape: () => update({ response: undefined }) });

  return (
    <SplitPage
      title={t('nav.responses')}
      label={t('responses.title')}
      count={responses.data ? t('responses.count', { count: all.length }) : ''}
      aside={
        <UnstyledButton className={classes.everything} aria-pressed={!params.response} onClick={() => update({ response: undefined })} data-testid="all-runs">
          {t('responses.everything')}
        </UnstyledButton>
      }
      tools={<ListSearch label={t('responses.search')} value={params.q} onChange={(q) => update({ q })} />}
      list={
        responses.isPending ? (
          <Loading rows={8} />
        ) : responses.error && all.length === 0 ? (
          <Failure error={responses.error} retry={() => void responses.refetch()} />
        ) : shown.length === 0 ? (
          <Empty title={all.length === 0 ? t('responses.none') : t('responses.noMatch')} icon={<IconBolt size={26} stroke={1.4} />}>
            {all.length === 0 ? t('responses.noneText') : null}
          </Empty>
        ) : (
          <ResponseList responses={shown} open={params.response ?? null} now={now} onOpen={(name) => update({ response: name })} />
        )
      }
      width={responseListWidth}
      resizeLabel={t('responses.resize')}
      onResize={(size) => setPreference('responseListWidth', size)}
    >
        {open ? (
          <ResponseDetail key={open.name} rule={open} state={state} now={now} onState={(next) => update({ state: next })} />
        ) : params.response && !responses.isPending ? (
          // What is not there any more has done something all the same.
          <article className={classes.runs} aria-label={params.response}>
            <h2>{params.response}</h2>
            <p className={classes.muted}>{t('responses.gone')}</p>
            <RunTable response={params.response} state={state} now={now} onState={(next) => update({ state: next })} />
          </article>
        ) : (
          <article className={classes.runs} aria-label={t('responses.everything')} data-testid="every-run">
            <h2>{t('responses.everything')}</h2>
            <RunTable state={state} now={now} onState={(next) => update({ state: next })} />
          </article>
        )}
    </SplitPage>
  );
}
