import { IconAlertTriangle, IconListDetails } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import type { Table } from '@/api/tables';
import { useHotkeys } from '@/shared/hotkeys';
import { setPreference, usePreferences } from '@/shared/preferences';
import { Chips, ListSearch, SplitPage } from '@/shared/ui/SplitPage';
import { Empty, Failure, Loading } from '@/shared/ui/states';
import { useNow } from '@/shared/ui/useNow';
import classes from './Lists.module.css';
import { byNeed, filters, local, passes, type ListsParams } from './listsState';
import { TableDetail } from './TableDetail';
import { TableList } from './TableList';

const route = getRouteApi('/shell/lists');
const pollMillis = 10_000;

/** What rules remember and look up: lists and tables of all correlators, and the records of one. */
export function ListsPage() {
  const { t } = useTranslation();
  const params = route.useSearch();
  const navigate = useNavigate();
  const { tableListWidth } = usePreferences();
  const now = useNow(pollMillis);
  const tables = useQuery({ queryKey: ['tables'], queryFn: api.tables, refetchInterval: pollMillis });
  const all = useMemo(() => tables.data?.items ?? [], [tables.data]);
  const away = (tables.data?.correlators ?? []).filter((one) => !one.reachable);
  const several = (tables.data?.correlators.length ?? 1) > 1;
  const shown = useMemo(() => {
    const words = (params.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    return all
      .filter((one) => passes(one, params.only) && words.every((word) => `${one.name} ${one.kind} ${one.description} ${one.correlator} ${one.file ?? ''}`.toLowerCase().includes(word)))
      .toSorted(byNeed);
  }, [all, params.q, params.only]);
  const chosen = params.list ? all.find((one) => one.name === params.list && one.correlator === (params.at ?? local)) : undefined;
  const open = chosen ?? (params.list ? undefined : shown[0]);

  const update = (patch: ListsParams) => void navigate({ to: '/lists', search: { ...params, ...patch }, replace: true });
  const show = (table: Table) => update({ list: table.name, at: table.correlator === local ? undefined : table.correlator, find: undefined });
  const move = (by: number) => {
    const at = open ? shown.indexOf(open) : -1;
    const next = shown[Math.max(0, Math.min(shown.length - 1, at + by))];
    if (next) show(next);
  };
  useHotkeys({ j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1) });

  return (
    <SplitPage
      title={t('nav.lists')}
      label={t('lists.list')}
      count={t('lists.count', { count: all.length })}
      tools={
        <>
          <ListSearch label={t('lists.search')} value={params.q} onChange={(q) => update({ q })} />
          <Chips label={t('lists.filter')} choices={filters.map((value) => ({ value, label: t(`lists.only.${value}`), count: all.filter((one) => passes(one, value)).length }))} chosen={params.only} onChoose={(only) => update({ only })} />
          {away.map((one) => (
            <p key={one.name} className={classes.away} title={one.reason ?? undefined} role="alert" data-testid="correlator-away">
              <IconAlertTriangle size={14} />
              {t('lists.away', { name: one.name })}
            </p>
          ))}
        </>
      }
      list={
        tables.isPending ? (
          <Loading rows={10} />
        ) : tables.error && all.length === 0 ? (
          <Failure error={tables.error} retry={() => void tables.refetch()} />
        ) : shown.length === 0 ? (
          <Empty title={all.length === 0 ? t('lists.none') : params.only === 'full' ? t('lists.noFull') : t('lists.noMatch')} icon={<IconListDetails size={26} stroke={1.4} />}>
            {all.length === 0 ? t('lists.noneText') : params.only === 'full' ? t('lists.noFullText') : null}
          </Empty>
        ) : (
          <TableList tables={shown} open={open} several={several} now={now} onOpen={show} />
        )
      }
      width={tableListWidth}
      resizeLabel={t('lists.resize')}
      onResize={(size) => setPreference('tableListWidth', size)}
    >
      {open ? (
        <TableDetail key={`${open.correlator}/${open.name}`} table={open} several={several} find={params.find ?? ''} now={now} onFind={(find) => update({ list: open.name, at: open.correlator === local ? undefined : open.correlator, find: find || undefined })} />
      ) : tables.isPending ? (
        <Loading rows={12} />
      ) : (
        <Empty title={params.list ? t('lists.gone') : t('lists.choose')} icon={<IconListDetails size={30} stroke={1.3} />}>
          {params.list ? t('lists.goneText') : null}
        </Empty>
      )}
    </SplitPage>
  );
}
