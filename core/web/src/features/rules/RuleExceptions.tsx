import { ActionIcon, Button, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import { formatCount } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { formatTime } from '@/shared/time/format';
import { Failure, Loading } from '@/shared/ui/states';
import { exceptionLifetimes, Lifetime } from '@/shared/ui/Lifetime';
import classes from './rulesLook';

interface Props {
  ruleId: string;
  now: number;
}

/** What the rule finds and makes no alert of: each with a reason and an end. */
export function RuleExceptions({ ruleId, now }: Props) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const queryClient = useQueryClient();
  const [adding, setAdding] = useState(false);
  const exceptions = useQuery({ queryKey: ['exceptions'], queryFn: api.exceptions });
  const remove = useMutation({ mutationFn: api.removeException, onSuccess: () => queryClient.invalidateQueries({ queryKey: ['exceptions'] }) });
  const mine = exceptions.data?.items.filter((one) => one.ruleId === ruleId) ?? [];
  return (
    <section data-testid="exceptions">
      <h3>
        {t('exceptions.title')} {mine.length > 0 ? <span>{mine.length}</span> : null}
        {adding ? null : (
          <Button variant="subtle" size="compact-xs" leftSection={<IconPlus size={13} />} onClick={() => setAdding(true)} data-testid="exception-add">
            {t('exceptions.add')}
          </Button>
        )}
      </h3>
      {adding ? <ExceptionForm ruleId={ruleId} fields={[]} onDone={() => setAdding(false)} /> : null}
      {exceptions.isPending ? (
        <Loading rows={2} />
      ) : exceptions.error ? (
        <Failure error={exceptions.error} compact retry={() => void exceptions.refetch()} />
      ) : mine.length === 0 ? (
        adding ? null : <p className={classes.sentence}>{t('exceptions.none')}</p>
      ) : (
        <table className={classes.table}>
          <thead>
            <tr>
              <th>{t('exceptions.what')}</th>
              <th>{t('exceptions.reason')}</th>
              <th>{t('exceptions.until')}</th>
              <th className={classes.number}>{t('exceptions.held')}</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {mine.map((one) => (
              <tr key={one.id} data-over={one.expiresAt <= now || undefined} data-testid="exception">
                <td className={classes.pairs}>
                  {Object.entries(one.fields).length === 0
                    ? t('exceptions.everything')
                    : Object.entries(one.fields).map(([name, value]) => (
                        <span key={name}>
                          {name} = <b className="mono">{value}</b>
                        </span>
                      ))}
                </td>
                <td className={classes.wide} title={`${one.reason}\n${one.createdBy}`}>
                  {one.reason} <span className={classes.muted}>{one.createdBy}</span>
                </td>
                <td>{one.expiresAt <= now ? <span className={classes.muted}>{t('exceptions.over')}</span> : formatTime(one.expiresAt, zone, 'minute')}</td>
                <td className={classes.number}>{formatCount(one.hits)}</td>
                <td>
                  <ActionIcon size="sm" aria-label={t('exceptions.remove')} title={t('exceptions.remove')} onClick={() => remove.mutate(one.id)} data-testid="exception-remove">
                    <IconTrash size={14} />
                  </ActionIcon>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {remove.error ? <Failure error={remove.error} compact /> : null}
    </section>
  );
}

/** Fields and values, a reason, an end. */
export function ExceptionForm({ ruleId, fields, onDone }: { ruleId: string; fields: readonly [string, string][]; onDone: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [pairs, setPairs] = useState<[string, string][]>(fields.length > 0 ? [...fields] : [['', '']]);
  const [reason, setReason] = useState('');
  const [lifetime, setLifetime] = useState('604800000');
  const given = pairs.map(([name, value]) => [name.trim(), value.trim()] as [string, string]).filter(([name, value]) => name !== '' || value !== '');
  const isComplete = given.every(([name, value]) => name !== '' && value !== '') && reason.trim() !== '';
  const add = useMutation({
    mutationFn: () => api.addException({ ruleId, fields: Object.fromEntries(given), reason: reason.trim(), expiresAt: Date.now() + Number(lifetime) }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['exceptions'] });
      onDone();
    },
  });
  const set = (at: number, pair: [string, string]) => setPairs(pairs.map((one, index) => (index === at ? pair : one)));
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (isComplete) add.mutate();
      }}
      data-testid="exception-form"
    >
      <fieldset>
        <legend>{t('exceptions.when')}</legend>
        {pairs.map(([name, value], index) => (
          <div key={index} className={classes.pair}>
            <TextInput aria-label={t('exceptions.field')} placeholder="SourceAddress" value={name} onChange={(event) => set(index, [event.currentTarget.value, value])} spellCheck={false} data-testid="exception-field" data-autofocus={index === 0 || undefined} />
            <span>=</span>
            <TextInput aria-label={t('exceptions.value')} placeholder="10.0.0.5" value={value} onChange={(event) => set(index, [name, event.currentTarget.value])} spellCheck={false} data-testid="exception-value" />
            <ActionIcon size="sm" aria-label={t('exceptions.dropField')} title={t('exceptions.dropField')} onClick={() => setPairs(pairs.filter((_, at) => at !== index))}>
              <IconTrash size={14} />
            </ActionIcon>
          </div>
        ))}
        <Button variant="subtle" size="compact-xs" leftSection={<IconPlus size={13} />} onClick={() => setPairs([...pairs, ['', '']])}>
          {t('exceptions.moreFields')}
        </Button>
        {given.length === 0 ? <p className={classes.warning}>{t('exceptions.wholeRule')}</p> : null}
      </fieldset>
      <div className={classes.formRow}>
        <TextInput className={classes.grow} label={t('exceptions.reason')} placeholder={t('exceptions.reasonHint')} value={reason} onChange={(event) => setReason(event.currentTarget.value)} maxLength={1000} data-testid="exception-reason" />
        <Lifetime label={t('exceptions.lasts')} value={lifetime} choices={exceptionLifetimes} onChange={setLifetime} />
      </div>
      {add.error ? <Failure error={add.error} compact /> : null}
      <div className={classes.formEnd}>
        <Button variant="default" size="compact-sm" onClick={onDone}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" size="compact-sm" disabled={!isComplete} loading={add.isPending} data-testid="exception-save">
          {t('exceptions.add')}
        </Button>
      </div>
    </form>
  );
}
