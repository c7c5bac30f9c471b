import { Button, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import type { AlertDetail } from '@/api/types';
import { groupFields } from '@/features/rules/rulesState';
import { Lifetime, suppressionLifetimes } from '@/shared/ui/Lifetime';
import { Failure } from '@/shared/ui/states';
import classes from './WhyFired.module.css';

/** Holds further hits of the alert's group back for a time. */
export function SuppressForm({ alert, onDone }: { alert: AlertDetail; onDone: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [reason, setReason] = useState('');
  const [lifetime, setLifetime] = useState('28800000');
  const group = groupFields(alert.group);
  const add = useMutation({
    mutationFn: () => api.suppress(alert.id, { reason: reason.trim(), expiresAt: Date.now() + Number(lifetime) }),
    onSuccess: async () => {
      await Promise.all([queryClient.invalidateQueries({ queryKey: ['alerts'] }), queryClient.invalidateQueries({ queryKey: ['suppressions'] })]);
      onDone();
    },
  });
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (reason.trim()) add.mutate();
      }}
      data-testid="suppress-form"
    >
      <p>{group.length === 0 ? t('suppressions.textRule', { rule: alert.ruleName }) : t('suppressions.text', { rule: alert.ruleName, group: group.map(([name, value]) => `${name} = ${value}`).join(', ') })}</p>
      <div className={classes.formRow}>
        <TextInput label={t('exceptions.reason')} placeholder={t('exceptions.reasonHint')} value={reason} onChange={(event) => setReason(event.currentTarget.value)} maxLength={1000} data-autofocus data-testid="suppress-reason" />
        <Lifetime label={t('exceptions.lasts')} value={lifetime} choices={suppressionLifetimes} onChange={setLifetime} />
      </div>
      {add.error ? <Failure error={add.error} compact /> : null}
      <div className={classes.formEnd}>
        <Button variant="default" size="compact-sm" onClick={onDone}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" size="compact-sm" disabled={!reason.trim()} loading={add.isPending} data-testid="suppress-save">
          {t('suppressions.add')}
        </Button>
      </div>
    </form>
  );
}
