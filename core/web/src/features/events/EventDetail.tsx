import { ActionIcon, Tabs, Tooltip } from '@mantine/core';
import { IconChevronDown, IconChevronUp, IconCopy, IconLink, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import type { EventRecord } from '@/api/types';
import { copyText } from '@/shared/clipboard';
import { usePreferences } from '@/shared/preferences';
import { formatTime, momentOf } from '@/shared/time/format';
import { Empty, Failure, Loading } from '@/shared/ui/states';
import { priorityOf, Severity } from '@/shared/ui/Severity';
import { eventTypeName } from './cells';
import classes from './EventDetail.module.css';
import { EventFields } from './EventFields';
import { EventWay } from './EventWay';
import type { Schema } from './fields';
import { JsonView } from './JsonView';
import type { DetailTab } from './searchState';

interface Props {
  /** The identifier, or null when the row of a statement has none; then `row` is all there is. */
  id: string | null;
  row: EventRecord | null;
  schema: Schema;
  tab: DetailTab;
  columns: readonly string[];
  canFilter: boolean;
  onTab: (tab: DetailTab) => void;
  onStep: ((step: 1 | -1) => void) | null;
  onColumn: (field: string) => void;
  onFilter: (field: string, value: string, negated: boolean) => void;
  onClose: () => void;
}

export function EventDetail({ id, row, schema, tab, columns, canFilter, onTab, onStep, onColumn, onFilter, onClose }: Props) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const query = useQuery({
    queryKey: ['event', id],
    queryFn: ({ signal }) => api.event(id ?? '', signal),
    enabled: id !== null,
    staleTime: Infinity,
  });
  const event = id === null ? row : (query.data ?? null);
  const head = event ?? row ?? {};
  const moment = momentOf(head.Timestamp);
  const priority = priorityOf(head.Priority);
  const kind = eventTypeName(head.Type);
  const raw = typeof event?.Raw === 'string' ? event.Raw : '';

  return (
    <section className={classes.detail} aria-label={t('detail.title')} data-testid="event-detail">
      <header className={classes.header}>
        <div className={classes.title}>
          <strong>{String(head.Name ?? '') || (kind ? t(`eventType.${kind}`) : t('detail.title'))}</strong>
          {priority ? <Severity priority={priority} /> : null}
          <span className={classes.space} />
          {onStep ? (
            <>
              <ActionIcon size={26} aria-label={t('detail.previous')} title={`${t('detail.previous')} (k)`} onClick={() => onStep(-1)}>
                <IconChevronUp size={16} />
              </ActionIcon>
              <ActionIcon size={26} aria-label={t('detail.next')} title={`${t('detail.next')} (j)`} onClick={() => onStep(1)}>
                <IconChevronDown size={16} />
              </ActionIcon>
            </>
          ) : null}
          {id ? (
            <Tooltip label={t('detail.link')}>
              <ActionIcon size={26} aria-label={t('detail.link')} onClick={() => void copyText(location.href)}>
                <IconLink size={16} />
              </ActionIcon>
            </Tooltip>
          ) : null}
          <ActionIcon size={26} aria-label={t('common.close')} title={`${t('common.close')} (Esc)`} onClick={onClose}>
            <IconX size={16} />
          </ActionIcon>
        </div>
        <div className={classes.meta}>
          {moment !== null ? <span className="mono">{formatTime(moment, zone, 'milli')}</span> : null}
          {id ? (
            <button type="button" className={classes.id} title={t('detail.copyId')} onClick={() => void copyText(id)}>
              <span className="mono">{id}</span> <IconCopy size={12} />
            </button>
          ) : null}
        </div>
      </header>
      {id !== null && query.isPending ? (
        <Loading rows={14} height={26} />
      ) : query.error ? (
        <Failure error={query.error} retry={() => void query.refetch()} />
      ) : event ? (
        <Tabs value={tab} onChange={(value) => onTab(value === 'raw' || value === 'json' || value === 'way' ? value : 'fields')} className={classes.tabs} keepMounted={false}>
          <Tabs.List>
            <Tabs.Tab value="fields">{t('detail.fields')}</Tabs.Tab>
            <Tabs.Tab value="raw">{t('detail.raw')}</Tabs.Tab>
            <Tabs.Tab value="json">JSON</Tabs.Tab>
            {id ? <Tabs.Tab value="way">{t('way.tab')}</Tabs.Tab> : null}
          </Tabs.List>
          <Tabs.Panel value="fields" className={classes.panel}>
            <EventFields event={event} schema={schema} columns={columns} canFilter={canFilter} onColumn={onColumn} onFilter={onFilter} />
          </Tabs.Panel>
          <Tabs.Panel value="raw" className={classes.panel}>
            {raw ? (
              <Copyable text={raw}>
                <pre className={classes.raw} data-testid="raw">
                  {raw}
                </pre>
              </Copyable>
            ) : (
              <Empty title={t('detail.noRaw')}>{t('detail.noRawText')}</Empty>
            )}
          </Tabs.Panel>
          <Tabs.Panel value="json" className={classes.panel}>
            <Copyable text={JSON.stringify(event, null, 2)}>
              <JsonView value={event} />
            </Copyable>
          </Tabs.Panel>
          {id ? (
            <Tabs.Panel value="way" className={classes.panel}>
              <EventWay id={id} />
            </Tabs.Panel>
          ) : null}
        </Tabs>
      ) : (
        <>
          <Empty title={t('detail.gone')} />
          {id ? <EventWay id={id} /> : null}
        </>
      )}
    </section>
  );
}

function Copyable({ text, children }: { text: string; children: React.ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={classes.copyable}>
      <ActionIcon className={classes.copy} variant="default" aria-label={t('common.copy')} title={t('common.copy')} onClick={() => void copyText(text)}>
        <IconCopy size={15} />
      </ActionIcon>
      {children}
    </div>
  );
}
