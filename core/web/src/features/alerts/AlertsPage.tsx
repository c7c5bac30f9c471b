import { Button, Menu } from '@mantine/core';
import { IconBell, IconChevronDown, IconUserCheck, IconX } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert, AlertPatch } from '@/api/types';
import { useUser } from '@/features/session/session';
import { useHotkeys } from '@/shared/hotkeys';
import { setPreference, usePreferences } from '@/shared/preferences';
import { Resizer } from '@/shared/ui/Resizer';
import { Empty, Failure, Loading } from '@/shared/ui/states';
import { AlertDetail } from './AlertDetail';
import { CloseItems, type ActionMenu } from './AlertActions';
import { AlertFilters } from './AlertFilters';
import { AlertList } from './AlertList';
import classes from './AlertsPage.module.css';
import { readAlerts, writeAlerts, type AlertsState } from './alertsState';
import { alertDetailQuery, useAlertChange, useAlertQueue } from './queries';
import { searchOf } from './searchLink';

const route = getRouteApi('/shell/alerts');

export function AlertsPage() {
  const { t } = useTranslation();
  const params = route.useSearch();
  const navigate = useNavigate();
  const me = useUser();
  const { zone, alertListWidth } = usePreferences();
  const state = useMemo(() => readAlerts(params), [params]);
  const [menu, setMenu] = useState<ActionMenu>(null);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const { alert: _, ...filters } = params;
  const filterKey = JSON.stringify(filters);
  const [lastKey, setLastKey] = useState(filterKey);
  if (lastKey !== filterKey) {
    setLastKey(filterKey);
    setSelected(new Set());
  }
  const queue = useAlertQueue(state, zone);
  const alerts = useMemo(() => queue.data?.pages.flatMap((page) => page.items) ?? [], [queue.data]);
  const counts = queue.data?.pages[0]?.counts;
  const { mutate } = useAlertChange();
  const queryClient = useQueryClient();

  const currentId = state.alert ?? alerts[0]?.id ?? null;
  const index = alerts.findIndex((alert) => alert.id === currentId);
  const current = alerts[index] ?? null;
  const chosen = alerts.filter((alert) => selected.has(alert.id));

  const update = useCallback(
    (patch: Partial<AlertsState>, replace = false) => void navigate({ to: '/alerts', search: writeAlerts({ ...state, ...patch }), replace }),
    [navigate, state],
  );
  const openAt = (at: number) => {
    const next = alerts[Math.max(0, Math.min(alerts.length - 1, at))];
    if (next) update({ alert: next.id }, true);
  };
  const select = (id: string) =>
    setSelected((known) => {
      const next = new Set(known);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const patch = (targets: readonly Alert[], change: Omit<AlertPatch, 'version'>) => {
    for (const alert of targets) mutate({ alert, patch: change });
    setMenu(null);
    if (targets === chosen) setSelected(new Set());
    // After closing, the next alert is what one wants to see.
    else if (change.status === 'closed' && index >= 0 && index + 1 < alerts.length && state.statuses.length < 3 && !state.statuses.includes('closed')) openAt(index + 1);
  };
  const targets = () => (chosen.length > 0 ? chosen : current ? [current] : []);
  const toggleMenu = (name: ActionMenu) => current && setMenu(menu === name ? null : name);
  const onMore = useCallback(() => {
    if (queue.hasNextPage && !queue.isFetchingNextPage) void queue.fetchNextPage();
  }, [queue]);

  useHotkeys({
    j: () => openAt(index + 1),
    ArrowDown: () => openAt(index + 1),
    k: () => openAt(index - 1),
    ArrowUp: () => openAt(index - 1),
    x: () => current && select(current.id),
    a: () => me && patch(targets(), { assignee: me.id }),
    s: () => toggleMenu('status'),
    p: () => toggleMenu('priority'),
    c: () => toggleMenu('close'),
    n: () => document.querySelector<HTMLElement>('[data-comment]')?.focus(),
    o: () => current && void navigate({ to: '/events', search: searchOf(current, queryClient.getQueryData(alertDetailQuery(current.id).queryKey)?.events[0] ?? null) }),
    Escape: () => setSelected(new Set()),
  });

  return (
    <div className={classes.page}>
      <h1 className="visually-hidden">{t('nav.alerts')}</h1>
      <section className={classes.queue} style={{ width: alertListWidth }} aria-label={t('alerts.queue')}>
        <AlertFilters state={state} counts={counts} onChange={update} />
        {chosen.length > 0 ? (
          <div className={classes.bulk} data-testid="bulk">
            <strong>{t('alerts.selected', { count: chosen.length })}</strong>
            <Button size="compact-xs" leftSection={<IconUserCheck size={14} />} onClick={() => me && patch(chosen, { assignee: me.id })}>
              {t('alerts.assignMe')}
            </Button>
            <Menu>
              <Menu.Target>
                <Button size="compact-xs" variant="default" rightSection={<IconChevronDown size={12} />}>
                  {t('alerts.close')}
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <CloseItems disabled={false} onClose={(closingReason) => patch(chosen, { status: 'closed', closingReason })} />
              </Menu.Dropdown>
            </Menu>
            <Button size="compact-xs" variant="subtle" leftSection={<IconX size={13} />} onClick={() => setSelected(new Set())}>
              {t('alerts.clearSelection')}
            </Button>
          </div>
        ) : null}
        {queue.isPending ? (
          <Loading rows={8} height={60} />
        ) : queue.error && !queue.data ? (
          <Failure error={queue.error} retry={() => void queue.refetch()} />
        ) : alerts.length === 0 ? (
          <Empty title={t('alerts.none')} icon={<IconBell size={26} stroke={1.4} />}>
            <p>{t('alerts.noneText')}</p>
            <Button variant="default" onClick={() => update({ statuses: ['new', 'assigned', 'closed'], priorities: [], assignee: null, rule: null, text: '', range: null })}>
              {t('alerts.showAll')}
            </Button>
          </Empty>
        ) : (
          <AlertList alerts={alerts} current={currentId} selected={selected} hasMore={queue.hasNextPage} onMore={onMore} onOpen={(id) => update({ alert: id })} onSelect={select} />
        )}
      </section>
      <Resizer label={t('alerts.resize')} size={alertListWidth} minimum={320} maximum={640} onResize={(size) => setPreference('alertListWidth', size)} />
      <div className={classes.detail}>
        {currentId ? (
          <AlertDetail key={currentId} id={currentId} known={current} menu={menu} onMenu={setMenu} onPatch={(alert, change) => patch([alert], change)} />
        ) : queue.isPending ? (
          <Loading rows={10} />
        ) : (
          <Empty title={t('alerts.nothingOpen')} icon={<IconBell size={30} stroke={1.3} />}>
            {t('alerts.nothingOpenText')}
          </Empty>
        )}
      </div>
    </div>
  );
}
