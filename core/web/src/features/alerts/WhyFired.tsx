import { Button } from '@mantine/core';
import { IconPlayerPause, IconShieldOff } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import type { AlertDetail, AlertEvent, PriorityFactor } from '@/api/types';
import { ExceptionForm } from '@/features/rules/RuleExceptions';
import { groupFields, selectorsOf } from '@/features/rules/rulesState';
import { formatCount } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { formatDuration, formatTime } from '@/shared/time/format';
import { priorityOf, Severity } from '@/shared/ui/Severity';
import { Failure } from '@/shared/ui/states';
import { SuppressForm } from './SuppressForm';
import classes from './WhyFired.module.css';

/** Why the rule fired, why the alert matters as much as it does, and what keeps more of the same away. */
export function WhyFired({ alert, hit }: { alert: AlertDetail; hit: AlertEvent | null }) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const queryClient = useQueryClient();
  const [form, setForm] = useState<'suppress' | 'except' | null>(null);
  const end = useMutation({
    mutationFn: api.endSuppression,
    onSuccess: () => Promise.all([queryClient.invalidateQueries({ queryKey: ['alerts'] }), queryClient.invalidateQueries({ queryKey: ['suppressions'] })]),
  });
  const extra = (hit?.fields.Extra ?? {}) as Record<string, unknown>;
  const text = (name: string) => (typeof extra[name] === 'string' ? extra[name] : '');
  const selectors = selectorsOf(text('CorrelationSelectors'));
  const [length, ...rest] = text('CorrelationWindow').split(' ');
  const group = groupFields(alert.group);
  const keys = (Array.isArray(hit?.fields.GroupedBy) ? hit.fields.GroupedBy : []).map(String);
  const value = (name: string) => String(hit?.fields[name] ?? extra[name.replace(/^(Extra\.|\$)/, '')] ?? '');
  const suppression = alert.suppression;

  return (
    <section className={classes.why} data-testid="why-fired">
      <h3>{t('why.title')}</h3>
      <dl>
        {selectors.length > 0 ? (
          <div>
            <dt>{t('why.selectors')}</dt>
            <dd>
              {selectors.map((selector) => (
                <span key={selector.alias} className={classes.selector}>
                  <b>{selector.alias}</b> {selector.needed === null ? t('why.counted', { count: selector.count }) : t('why.countedOf', { count: selector.count, needed: selector.needed })}
                </span>
              ))}
            </dd>
          </div>
        ) : null}
        {keys.length > 0 ? (
          <div>
            <dt>{t('why.key')}</dt>
            <dd>
              {keys.map((name) => (
                <span key={name} className={classes.selector}>
                  {name} = <b className="mono">{value(name)}</b>
                </span>
              ))}
            </dd>
          </div>
        ) : null}
        {length ? (
          <div>
            <dt>{t('why.window')}</dt>
            <dd>
              {isoDuration(length)} <span className={classes.muted}>{windowPlace(rest, zone, t)}</span>
            </dd>
          </div>
        ) : null}
        <div>
          <dt>{t('why.base')}</dt>
          <dd>{formatCount(Number(hit?.fields.BaseEventCount ?? hit?.baseEventIds.length ?? 0))}</dd>
        </div>
        <div>
          <dt>{t('why.priority')}</dt>
          <dd>
            <ol className={classes.factors} data-testid="priority-explanation" title={alert.priorityExplanation.formula}>
              {alert.priorityExplanation.factors.map((factor) => (
                <Factor key={factor.factor + factor.name} factor={factor} />
              ))}
              <li>
                <span>{t('why.together')}</span>
                <Severity priority={alert.priorityExplanation.priority} />
              </li>
            </ol>
          </dd>
        </div>
        <div>
          <dt>{t('why.segmentation')}</dt>
          <dd>
            {alert.segmentation === 'default' ? t('why.usual') : alert.segmentation}
            {group.length > 0 ? <span className={classes.muted}> · {group.map(([name, one]) => `${name} = ${one}`).join(', ')}</span> : null}
          </dd>
        </div>
      </dl>
      {suppression ? (
        <div className={classes.held} role="status" data-testid="suppression">
          <IconPlayerPause size={15} />
          <div>
            <strong>{t('suppressions.until', { time: formatTime(suppression.expiresAt, zone, 'minute') })}</strong>
            <p>
              {suppression.reason} <span className={classes.muted}>{suppression.createdBy}</span>
            </p>
            <span className={classes.muted}>{t('suppressions.held', { count: suppression.hits })}</span>
          </div>
          <Button variant="default" size="compact-sm" loading={end.isPending} onClick={() => end.mutate(suppression.id)} data-testid="suppression-end">
            {t('suppressions.end')}
          </Button>
        </div>
      ) : null}
      {end.error ? <Failure error={end.error} compact /> : null}
      {form === 'suppress' ? (
        <SuppressForm alert={alert} onDone={() => setForm(null)} />
      ) : form === 'except' ? (
        <ExceptionForm ruleId={alert.ruleId} fields={keys.map((name) => [name, value(name)] as [string, string]).filter(([, one]) => one !== '')} onDone={() => setForm(null)} />
      ) : (
        <div className={classes.actions}>
          {suppression ? null : (
            <Button variant="default" size="compact-sm" leftSection={<IconPlayerPause size={14} />} onClick={() => setForm('suppress')} data-testid="suppress">
              {t('suppressions.add')}
            </Button>
          )}
          <Button variant="default" size="compact-sm" leftSection={<IconShieldOff size={14} />} onClick={() => setForm('except')} data-testid="except">
            {t('exceptions.add')}
          </Button>
          <Link to="/rules" search={{ rule: alert.ruleId }} className={classes.link} data-testid="to-rule">
            {t('why.rule')}
          </Link>
        </div>
      )}
    </section>
  );
}

function Factor({ factor }: { factor: PriorityFactor }) {
  const { t } = useTranslation();
  const priority = priorityOf(factor.value);
  const name = factor.factor === 'rule' ? t('why.factorRule') : factor.factor === 'person' ? t('why.factorPerson', { name: factor.name }) : priority === null ? t('why.noCategory') : t('why.factorCategory', { name: factor.name, asset: factor.asset ?? '' });
  return (
    <li data-factor={factor.factor}>
      <span title={factor.text}>{name}</span>
      {priority === null ? <span className={classes.muted}>—</span> : <Severity priority={priority} />}
    </li>
  );
}

/** `PT1M30S` as a person reads it. */
function isoDuration(text: string): string {
  const found = /^P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(text);
  if (!found) return text;
  const sizes = [86_400_000, 3_600_000, 60_000, 1000];
  return formatDuration(found.slice(1).reduce((sum, part, index) => sum + Number(part ?? 0) * (sizes[index] ?? 0), 0));
}

/** `from 2026-…` or `up to 2026-…` in the zone of the person. */
function windowPlace(words: readonly string[], zone: Parameters<typeof formatTime>[1], t: (key: 'why.from' | 'why.upTo', values: { time: string }) => string): string {
  const moment = Date.parse(words[words.length - 1] ?? '');
  if (Number.isNaN(moment)) return words.join(' ');
  return t(words[0] === 'from' ? 'why.from' : 'why.upTo', { time: formatTime(moment, zone) });
}
