import { Button, SegmentedControl, Tooltip } from '@mantine/core';
import { IconBroadcast, IconPlayerPlayFilled, IconPlayerStopFilled } from '@tabler/icons-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SearchStatistics } from '@/api/types';
import { formatBytes, formatCount } from '@/shared/number';
import { formatDuration } from '@/shared/time/format';
import type { Range } from '@/shared/time/range';
import { TimePicker } from '@/shared/ui/TimePicker';
import type { Schema } from './fields';
import classes from './QueryBar.module.css';
import type { Mode } from './searchState';
import type { ConditionError } from './sql/condition';

const QueryEditor = lazy(() => import('./editor/QueryEditor'));

interface Props {
  mode: Mode;
  draft: string;
  schema: Schema;
  range: Range;
  running: boolean;
  live: boolean;
  statistics: SearchStatistics | null;
  error: ConditionError | null;
  /** Position of a mistake that the server found in the statement. */
  mistake: number | null;
  onDraft: (text: string) => void;
  onMode: (mode: Mode) => void;
  onRange: (range: Range) => void;
  onRun: () => void;
  onCancel: () => void;
  onLive: () => void;
}

export function QueryBar({ mode, draft, schema, range, running, live, statistics, error, mistake, onDraft, onMode, onRange, onRun, onCancel, onLive }: Props) {
  const { t } = useTranslation();
  const hint = mode === 'sql' ? t('events.hintSql') : t('events.hintSimple');
  return (
    <div className={classes.bar}>
      <SegmentedControl
        size="xs"
        className={classes.mode}
        value={mode}
        onChange={(value) => onMode(value === 'sql' ? 'sql' : 'simple')}
        data={[
          { value: 'simple', label: t('events.simple') },
          { value: 'sql', label: 'SQL' },
        ]}
        aria-label={t('events.mode')}
      />
      <div className={classes.query} data-search data-invalid={error ? true : undefined} data-testid="query">
        <Suspense fallback={<div className={classes.placeholder}>{draft || hint}</div>}>
          <QueryEditor
            mode={mode}
            value={draft}
            label={t('events.query')}
            hint={hint}
            fields={schema.fields}
            mistake={error?.position ?? mistake}
            onChange={onDraft}
            onRun={onRun}
          />
        </Suspense>
        {error ? (
          <div className={classes.error} role="alert">
            {t(`condition.${error.message as 'unexpected'}`)} · {t('condition.column', { column: error.position + 1 })}
          </div>
        ) : null}
      </div>
      <TimePicker range={range} onChange={onRange} />
      <Tooltip label={<>{t(live ? 'events.liveOff' : 'events.liveOn')} <kbd>l</kbd></>}>
        <Button
          variant={live ? 'light' : 'default'}
          color={live ? 'red' : undefined}
          leftSection={<IconBroadcast size={14} />}
          onClick={onLive}
          aria-pressed={live}
          className={classes.live}
          data-testid="live"
        >
          {t('events.live')}
        </Button>
      </Tooltip>
      {running && !live ? (
        <Button color="red" variant="light" leftSection={<IconPlayerStopFilled size={13} />} onClick={onCancel} className={classes.run} data-testid="cancel">
          {t('events.cancel')}
        </Button>
      ) : (
        <Tooltip label={<>{t('events.runTitle')} <kbd>Ctrl ⏎</kbd></>}>
          <Button leftSection={<IconPlayerPlayFilled size={13} />} onClick={onRun} className={classes.run} data-testid="run">
            {t('events.run')}
          </Button>
        </Tooltip>
      )}
      <div className={classes.statistics} aria-live="polite">
        {running && !live ? <Elapsed /> : statistics ? <Cost statistics={statistics} /> : null}
      </div>
    </div>
  );
}

function Elapsed() {
  const [start] = useState(() => performance.now());
  const [now, setNow] = useState(start);
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 100);
    return () => clearInterval(timer);
  }, []);
  return <strong>{((now - start) / 1000).toFixed(1)} s</strong>;
}

function Cost({ statistics }: { statistics: SearchStatistics }) {
  const { t } = useTranslation();
  return (
    <Tooltip label={`${t('events.read')}: ${formatCount(statistics.rowsRead)} · ${formatBytes(statistics.bytesRead)}`}>
      <div className={classes.cost}>
        <strong>{formatDuration(statistics.elapsedMillis)}</strong>
        <span>{t('events.rows', { count: statistics.rows, text: formatCount(statistics.rows) })}</span>
      </div>
    </Tooltip>
  );
}
