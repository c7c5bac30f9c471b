import { Checkbox } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert } from '@/api/types';
import { formatShort } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { formatAge, formatTime } from '@/shared/time/format';
import { Severity } from '@/shared/ui/Severity';
import { useNow } from '@/shared/ui/useNow';
import classes from './AlertList.module.css';
import { Avatar, EntityChip, Status } from './parts';

const rowHeight = 82;

interface Props {
  alerts: readonly Alert[];
  current: string | null;
  selected: ReadonlySet<string>;
  hasMore: boolean;
  onMore: () => void;
  onOpen: (id: string) => void;
  onSelect: (id: string) => void;
}

export function AlertList({ alerts, current, selected, hasMore, onMore, onOpen, onSelect }: Props) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const now = useNow(15_000);
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: alerts.length, getScrollElement: () => scroll.current, estimateSize: () => rowHeight, overscan: 6 });
  const items = virtual.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  const currentAt = alerts.findIndex((alert) => alert.id === current);

  useEffect(() => {
    if (hasMore && last >= alerts.length - 10) onMore();
  }, [hasMore, last, alerts.length, onMore]);
  useEffect(() => {
    if (currentAt >= 0) virtual.scrollToIndex(currentAt, { align: 'auto' });
    // Only when another alert becomes the current one.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [currentAt]);

  return (
    <div ref={scroll} className={classes.scroll} data-testid="alert-list">
      <div role="listbox" aria-label={t('nav.alerts')} aria-multiselectable className={classes.body} style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const alert = alerts[item.index] as Alert;
          const isSelected = selected.has(alert.id);
          return (
            <div
              key={alert.id}
              role="option"
              aria-selected={alert.id === current}
              aria-setsize={alerts.length}
              aria-posinset={item.index + 1}
              className={classes.row}
              data-priority={alert.priority}
              data-status={alert.status}
              data-marked={isSelected || undefined}
              data-testid="alert-row"
              style={{ transform: `translateY(${item.start}px)` }}
              onClick={() => onOpen(alert.id)}
            >
              <div className={classes.check} onClick={(event) => event.stopPropagation()}>
                <Checkbox size="xs" checked={isSelected} onChange={() => onSelect(alert.id)} aria-label={t('alerts.select', { name: alert.name })} tabIndex={-1} />
              </div>
              <div className={classes.content}>
                <div className={classes.first}>
                  <Severity priority={alert.priority} iconOnly />
                  <strong>{alert.name}</strong>
                  {alert.count > 1 ? <span className={classes.count}>×{formatShort(alert.count)}</span> : null}
                  <time title={formatTime(alert.lastSeen, zone)}>{formatAge(alert.lastSeen, now)}</time>
                </div>
                <div className={classes.summary}>{alert.summary || alert.ruleName}</div>
                <div className={classes.third}>
                  <span className={classes.entities}>
                    {alert.entities.slice(0, 3).map((entity) => (
                      <EntityChip key={entity.kind + entity.value} entity={entity} />
                    ))}
                    {alert.entities.length > 3 ? <span className={classes.more}>+{alert.entities.length - 3}</span> : null}
                  </span>
                  {alert.assignee ? <Avatar user={alert.assignee} /> : null}
                  <Status status={alert.status} />
                </div>
              </div>
            </div>
          );
        })}
      </div>
    </div>
  );
}
