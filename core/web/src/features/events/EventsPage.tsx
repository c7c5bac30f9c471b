import { ActionIcon, Button } from '@mantine/core';
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand } from '@tabler/icons-react';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isProblem } from '@/api/client';
import type { Cell, Column, EventRecord } from '@/api/types';
import { useHotkeys } from '@/shared/hotkeys';
import { formatCount } from '@/shared/number';
import { setPreference, usePreferences } from '@/shared/preferences';
import { absolute } from '@/shared/time/range';
import { Resizer } from '@/shared/ui/Resizer';
import { Empty, Failure, Loading } from '@/shared/ui/states';
import { useRangeText } from '@/shared/ui/TimePicker';
import { EventDetail } from './EventDetail';
import classes from './EventsPage.module.css';
import { EventTable, type TableActions } from './EventTable';
import { FieldRail } from './FieldRail';
import { useSchema } from './fields';
import { FilterPills } from './FilterPills';
import { addFilter, filterSql, newFilter, type Filter } from './filters';
import { Histogram } from './Histogram';
import { QueryBar } from './QueryBar';
import { limits, readState, writeState, type Mode, type SearchState } from './searchState';
import { searchSql, serviceColumns } from './sql/build';
import { addCondition } from './sql/inspect';
import { useEventSearch } from './useEventSearch';

const route = getRouteApi('/shell/events');
const noRows: Cell[][] = [];
const noColumns: Column[] = [];
/** What does not ask the server anew when it changes. */
const displayOnly: readonly (keyof SearchState)[] = ['event', 'tab'];
const liveMillis = 2_000;

export function EventsPage() {
  const { t } = useTranslation();
  const params = route.useSearch();
  const navigate = useNavigate();
  const preferences = usePreferences();
  const schema = useSchema();
  const rangeText = useRangeText();
  const state = useMemo(() => readState(params), [params]);
  const [runAt, setRunAt] = useState(() => Date.now());
  const source = state.mode === 'sql' ? state.sql : state.text;
  const [draft, setDraft] = useState({ source, text: source });
  // The address moved on (back, a link): the editor shows what it says.
  if (draft.source !== source) setDraft({ source, text: source });
  const { plan, rows: query, histogram, cancel } = useEventSearch(state, schema, runAt);

  const fetching = query.isFetching || histogram.isFetching;
  // The next run begins when the last one has ended, so that a slow search is not asked again and again.
  useEffect(() => {
    if (!state.live || fetching || query.error) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') setRunAt(Date.now());
    }, liveMillis);
    return () => clearInterval(timer);
  }, [state.live, fetching, query.error]);
  // Values and counts of the field list would be asked for at each run: they stay as they were when it went live.
  const [railPlan, setRailPlan] = useState(plan);
  if (railPlan !== plan && (!state.live || railPlan.where !== plan.where)) setRailPlan(plan);

  const update = (patch: Partial<SearchState>, replace = false) => {
    if (Object.keys(patch).some((key) => !displayOnly.includes(key as keyof SearchState))) setRunAt(Date.now());
    void navigate({ to: '/events', search: writeState({ ...state, ...patch }), replace });
  };
  const run = () => {
    if (draft.text !== source) update({ [state.mode === 'sql' ? 'sql' : 'text']: draft.text, event: null });
    else setRunAt(Date.now());
  };
  const toggleLive = () =>
    update({
      live: !state.live,
      ...(!state.live && state.range.to !== 'now' ? { range: { from: 'now-15m', to: 'now' } } : {}),
    });
  const setMode = (mode: Mode) => {
    if (mode === state.mode) return;
    const sql = mode === 'sql' && !state.sql ? (plan.sql?.replace(/ (FROM|WHERE|ORDER BY|LIMIT) /g, '\n$1 ') ?? defaultSql(state)) : state.sql;
    update({ mode, sql, text: mode === 'sql' ? draft.text : state.text, event: null });
  };

  const answer = query.data;
  const columns = answer?.columns ?? noColumns;
  const rows = answer?.rows ?? noRows;
  const idAt = columns.findIndex((column) => column.name === 'ID');
  const shown = useMemo(() => shownColumns(columns, state), [columns, state]);
  const opened = state.event === null ? -1 : rows.findIndex((row, index) => keyOf(row, index, idAt) === state.event);
  const canFilter = state.mode === 'simple' || addCondition(state.sql, '1') !== null;

  const applyFilter = (filter: Filter) => {
    if (state.mode === 'simple') return update({ filters: addFilter(state.filters, filter), event: null });
    const condition = filterSql(filter, schema.types);
    const sql = condition === null ? null : addCondition(state.sql, condition);
    if (sql !== null) update({ sql, event: null });
  };
  const filter = (field: string, value: string, negated: boolean) => applyFilter(newFilter(field, value, negated));
  const toggleColumn = (field: string) =>
    update({ columns: state.columns.includes(field) ? state.columns.filter((one) => one !== field) : [...state.columns, field] }, true);
  const open = (index: number, tab?: 'raw') => {
    const row = rows[index];
    if (row) update({ event: keyOf(row, index, idAt), tab: tab ?? state.tab }, state.event !== null);
  };
  const actions: TableActions = {
    open,
    filter,
    exists: (field) => applyFilter({ field, operator: 'exists', value: '', negated: false, disabled: false }),
    sort: (column) => update({ sort: { column, descending: state.sort.column === column ? !state.sort.descending : true } }),
    remove: toggleColumn,
    move: (column, before) => {
      const rest = state.columns.filter((one) => one !== column);
      const at = before === null ? rest.length : before === 'Timestamp' ? 0 : rest.indexOf(before);
      update({ columns: rest.toSpliced(at < 0 ? rest.length : at, 0, column) }, true);
    },
  };

  useHotkeys({
    Escape: () => state.event !== null && update({ event: null }),
    b: () => setPreference('railOpen', !preferences.railOpen),
    r: run,
    l: toggleLive,
  });

  const running = fetching;
  const stale = query.isPlaceholderData && !state.live;
  const detailRow = opened >= 0 ? asRecord(columns, rows[opened] ?? []) : null;
  const detailId = state.event !== null && !state.event.startsWith('row:') ? state.event : null;

  return (
    <div className={classes.page}>
      <h1 className="visually-hidden">{t('nav.events')}</h1>
      <QueryBar
        mode={state.mode}
        draft={draft.text}
        schema={schema}
        range={state.range}
        running={running}
        live={state.live}
        statistics={answer && !stale && !query.error ? answer.statistics : null}
        error={draft.text === source ? plan.error : null}
        mistake={draft.text === source ? mistakeOf(query.error, state) : null}
        onDraft={(text) => setDraft({ source, text })}
        onMode={setMode}
        onRange={(range) => update({ range, ...(draft.text !== source ? { [state.mode === 'sql' ? 'sql' : 'text']: draft.text } : {}) })}
        onRun={run}
        onCancel={cancel}
        onLive={toggleLive}
      />
      {state.mode === 'simple' ? <FilterPills filters={state.filters} types={schema.types} onChange={(filters) => update({ filters })} /> : null}
      <div className={classes.progress} data-active={(running && !state.live) || undefined} aria-hidden />
      <div className={classes.body}>
        {preferences.railOpen ? (
          <>
            <div className={classes.rail} style={{ width: preferences.railWidth }}>
              <FieldRail schema={schema} plan={railPlan} columns={state.mode === 'sql' ? columns.map((column) => column.name) : state.columns} canFilter={canFilter} onColumn={state.mode === 'sql' ? null : toggleColumn} onFilter={filter} />
            </div>
            <Resizer label={t('events.resizeRail')} size={preferences.railWidth} minimum={190} maximum={420} onResize={(size) => setPreference('railWidth', size)} />
          </>
        ) : null}
        <div className={classes.centre}>
          {plan.where !== undefined && histogram.data && plan.bounds && !histogram.error ? (
            <Histogram
              data={histogram.data}
              bounds={plan.bounds}
              stale={histogram.isPlaceholderData && !state.live}
              onZoom={(from, to) => update({ range: absolute(from, Math.max(to, from + 1000)), live: false })}
            />
          ) : histogram.error && !query.error ? (
            <div className={classes.noHistogram}>
              <Failure error={histogram.error} compact retry={() => void histogram.refetch()} />
            </div>
          ) : plan.where === undefined && plan.sql ? (
            <p className={classes.noHistogram}>{t('events.noHistogram')}</p>
          ) : null}
          <div className={classes.table}>
            {plan.error ? (
              <Empty title={t('events.conditionWrong')}>{t('events.conditionHelp')}</Empty>
            ) : schema.error && !answer ? (
              <Failure error={schema.error} />
            ) : query.error && !query.isFetching ? (
              <Failure error={query.error} retry={run} />
            ) : plan.sql === null ? (
              <Empty title={t('events.noStatement')}>{t('events.noStatementText')}</Empty>
            ) : !answer ? (
              query.fetchStatus === 'idle' && !query.isPending ? (
                <Empty title={t('events.cancelled')} />
              ) : query.fetchStatus === 'idle' && schema.ready ? (
                <Empty title={t('events.cancelled')}>{t('events.cancelledText')}</Empty>
              ) : (
                <Loading rows={18} />
              )
            ) : rows.length === 0 ? (
              <Empty title={t('events.none')}>
                <p>{t('events.noneText', { range: rangeText(state.range, preferences.zone) })}</p>
                <div className={classes.emptyActions}>
                  <Button variant="default" onClick={() => update({ range: { from: 'now-30d', to: 'now' } })}>
                    {t('events.widen')}
                  </Button>
                  {state.filters.length > 0 || state.text ? (
                    <Button variant="default" onClick={() => update({ filters: [], text: '' })}>
                      {t('events.clearAll')}
                    </Button>
                  ) : null}
                </div>
              </Empty>
            ) : (
              <EventTable
                columns={columns}
                shown={shown}
                rows={rows}
                sort={state.mode === 'simple' ? state.sort : null}
                opened={opened}
                canFilter={canFilter}
                editable={state.mode === 'simple'}
                stale={stale}
                actions={actions}
              />
            )}
          </div>
          <footer className={classes.footer}>
            <ActionIcon
              size={22}
              aria-label={preferences.railOpen ? t('events.hideRail') : t('events.showRail')}
              title={`${preferences.railOpen ? t('events.hideRail') : t('events.showRail')} (b)`}
              onClick={() => setPreference('railOpen', !preferences.railOpen)}
            >
              {preferences.railOpen ? <IconLayoutSidebarLeftCollapse size={15} /> : <IconLayoutSidebarLeftExpand size={15} />}
            </ActionIcon>
            <span data-testid="row-count">
              {answer && !query.error
                ? histogram.data && plan.where !== undefined && state.mode === 'simple' && histogram.data.events > rows.length
                  ? t('events.shownOf', { shown: formatCount(rows.length), total: formatCount(histogram.data.events) })
                  : t('events.rows', { count: rows.length, text: formatCount(rows.length) })
                : ''}
              {answer?.statistics.truncated && !query.error ? ` · ${t('events.truncated')}` : ''}
            </span>
            {rows.length >= state.limit ? <MoreRows limit={state.limit} onLimit={(limit) => update({ limit }, true)} /> : null}
            <span className={classes.space} />
            <button type="button" className={classes.zone} onClick={() => setPreference('zone', preferences.zone === 'utc' ? 'local' : 'utc')} title={t('time.toggle')} data-testid="zone">
              {t('time.shownIn')} <b>{preferences.zone === 'utc' ? 'UTC' : t('time.localShort')}</b>
            </button>
          </footer>
        </div>
        {state.event !== null ? (
          <>
            <Resizer label={t('events.resizeDetail')} side="end" size={preferences.detailWidth} minimum={320} maximum={900} onResize={(size) => setPreference('detailWidth', size)} />
            <div className={classes.detail} style={{ width: preferences.detailWidth }}>
              <EventDetail
                id={detailId}
                row={detailRow}
                schema={schema}
                tab={state.tab}
                columns={state.columns}
                canFilter={canFilter}
                onTab={(tab) => update({ tab }, true)}
                onStep={opened >= 0 ? (step) => open(opened + step) : null}
                onColumn={toggleColumn}
                onFilter={filter}
                onClose={() => update({ event: null })}
              />
            </div>
          </>
        ) : null}
      </div>
    </div>
  );
}

function MoreRows({ limit, onLimit }: { limit: number; onLimit: (limit: number) => void }) {
  const { t } = useTranslation();
  const next = limits.find((one) => one > limit);
  return next ? (
    <Button variant="subtle" size="compact-xs" onClick={() => onLimit(next)}>
      {t('events.showMore', { limit: formatCount(next) })}
    </Button>
  ) : null;
}

/** Where the server says the mistake in a statement is, as a position in its text. */
function mistakeOf(error: unknown, state: SearchState): number | null {
  if (state.mode !== 'sql' || !isProblem(error) || error.line === null) return null;
  const before = state.sql.split('\n').slice(0, error.line - 1);
  return before.reduce((sum, line) => sum + line.length + 1, 0) + Math.max(0, (error.column ?? 1) - 1);
}

function defaultSql(state: SearchState): string {
  return searchSql(state.columns, null, state.sort, state.limit);
}

/** Time first, then the chosen columns; a statement shows what it selects. */
function shownColumns(columns: readonly Column[], state: SearchState): number[] {
  if (state.mode === 'sql') return columns.map((_, index) => index);
  const at = (name: string) => columns.findIndex((column) => column.name === name);
  const chosen = state.columns.filter((name) => !(serviceColumns as readonly string[]).includes(name) || name !== 'Timestamp');
  return ['Timestamp', ...chosen].map(at).filter((index) => index >= 0);
}

function keyOf(row: readonly Cell[], index: number, idAt: number): string {
  const id = idAt >= 0 ? row[idAt] : null;
  return typeof id === 'string' && id !== '' ? id : `row:${index}`;
}

function asRecord(columns: readonly Column[], row: readonly Cell[]): EventRecord {
  return Object.fromEntries(columns.map((column, index) => [column.name, row[index] ?? null]));
}
