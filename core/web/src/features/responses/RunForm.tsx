import { Button, Select } from '@mantine/core';
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import type { AlertDetail, AlertEvent } from '@/api/types';
import { usePreferences } from '@/shared/preferences';
import { formatTime } from '@/shared/time/format';
import { Failure, Loading } from '@/shared/ui/states';
import classes from './RunForm.module.css';
import { responsesQuery, useRunByHand } from './queries';

/** Chooses a response, shows what it would do for the finding, and does it when the person says so. */
export function RunForm({ alert, hit, onDone }: { alert: AlertDetail; hit: AlertEvent; onDone: () => void }) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const [chosen, setChosen] = useState<string | null>(null);
  const responses = useQuery(responsesQuery);
  const run = useRunByHand(alert.id);
  const choices = (responses.data?.items ?? []).filter((one) => one.enabled);
  const rule = choices.find((one) => one.name === chosen);
  const preview = useQuery({
    queryKey: ['responses', 'preview', chosen, hit.id],
    queryFn: ({ signal }) => api.tryResponse(chosen ?? '', hit.fields, signal),
    enabled: rule !== undefined,
    staleTime: 30_000,
  });
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (rule) run.mutate({ response: rule.name, findingId: hit.id }, { onSuccess: onDone });
      }}
      data-testid="run-form"
    >
      <Select
        label={t('responses.which')}
        placeholder={choices.length === 0 && responses.data ? t('responses.noChoice') : t('responses.choose')}
        description={t('responses.forHit', { time: formatTime(hit.time, zone) })}
        data={choices.map((one) => ({ value: one.name, label: `${one.name} · ${t(`responses.kinds.${one.kind}`)}` }))}
        value={chosen}
        onChange={setChosen}
        disabled={choices.length === 0}
        searchable={choices.length > 8}
        comboboxProps={{ withinPortal: true }}
        data-autofocus
        data-testid="run-choice"
      />
      {responses.error ? <Failure error={responses.error} compact retry={() => void responses.refetch()} /> : null}
      {rule?.description ? <p>{rule.description}</p> : null}
      {rule && preview.isPending ? <Loading rows={2} /> : null}
      {preview.error ? <Failure error={preview.error} compact retry={() => void preview.refetch()} /> : null}
      {rule && preview.data ? (
        <>
          <dl className={classes.preview} data-testid="run-preview">
            {preview.data.rendered.map((one) => (
              <div key={one.name}>
                <dt>{one.name}</dt>
                <dd className="mono">{one.value || '—'}</dd>
              </div>
            ))}
          </dl>
          {preview.data.trouble ? (
            <p className={classes.note} data-kind="bad" role="alert">
              <IconAlertTriangle size={14} /> <span>{preview.data.trouble}</span>
            </p>
          ) : null}
          {!preview.data.fires && rule.events !== 'none' ? (
            <p className={classes.note}>
              <IconInfoCircle size={14} /> <span>{t('responses.wouldNotFire')}</span>
            </p>
          ) : null}
        </>
      ) : null}
      {run.error ? <Failure error={run.error} compact /> : null}
      <div className={classes.end}>
        {rule ? <span className={classes.audited}>{t('responses.audited')}</span> : null}
        <Button variant="default" size="compact-sm" onClick={onDone}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" size="compact-sm" disabled={!rule || !preview.data} loading={run.isPending} data-testid="run-confirm">
          {rule ? t('responses.runNamed', { name: rule.name }) : t('responses.runShort')}
        </Button>
      </div>
    </form>
  );
}
