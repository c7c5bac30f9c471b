import { Button } from '@mantine/core';
import { IconAlertTriangle, IconBellRinging } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import type { Rule } from '@/api/rules';
import { Mitre } from '@/features/alerts/parts';
import { formatBytes, formatCount } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { formatAge, formatTime } from '@/shared/time/format';
import { Severity } from '@/shared/ui/Severity';
import { Failure } from '@/shared/ui/states';
import classes from './rulesLook';
import { RuleExceptions } from './RuleExceptions';
import { RuleSuppressions } from './RuleSuppressions';
import { fileName, formatNanos, formatPercent, verdict } from './rulesState';

/** One rule: whether it can fire, what it did, what it costs, and what is kept from alerts. */
export function RuleDetail({ rule, now }: { rule: Rule; now: number }) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const queryClient = useQueryClient();
  const release = useMutation({ mutationFn: () => api.releaseRule(rule.id), onSuccess: () => queryClient.invalidateQueries({ queryKey: ['rules'] }) });
  const state = verdict(rule);
  const age = (moment: number) => t('common.ago', { age: formatAge(moment, now) });
  return (
    <article className={classes.detail} aria-label={rule.name} data-testid="rule-detail">
      <header className={classes.header}>
        <div className={classes.title}>
          <Severity priority={rule.priority} iconOnly />
          <h2 title={rule.name}>{rule.name}</h2>
          <span className={classes.space} />
          <Link to="/alerts" search={{ rule: rule.id, status: 'all' }} className={classes.link}>
            <IconBellRinging size={14} />
            {t('rules.alerts')}
          </Link>
        </div>
        <p className={classes.under}>
          <span className={classes.state} data-verdict={state}>
            {t(`ruleState.${state}`)}
          </span>
          <span>{rule.source === 'sigma' ? 'Sigma' : 'Tocsin'} · {t(`ruleKind.${rule.kind}`)}</span>
          <span className="mono">{rule.id}</span>
          <span className="mono" title={rule.file}>
            {fileName(rule.file)}:{rule.line}
          </span>
        </p>
      </header>
      <div className={classes.body}>
        {rule.quarantine ? (
          <section className={classes.banner} data-kind="bad" role="alert">
            <IconAlertTriangle size={16} />
            <div>
              <strong>{t('rules.quarantined', { time: formatTime(rule.quarantine.since, zone, 'minute') })}</strong>
              <p>{rule.quarantine.reason}</p>
              <Button variant="default" size="compact-sm" loading={release.isPending} onClick={() => release.mutate()} data-testid="release">
                {t('rules.release')}
              </Button>
              {release.error ? <Failure error={release.error} compact /> : null}
            </div>
          </section>
        ) : null}
        <div className={classes.columns}>
          <section>
            <h3>{t('rules.coverage')}</h3>
            <p className={classes.sentence}>{t(`ruleStateText.${rule.coverage.state}`)}</p>
            <dl className={classes.facts}>
              {rule.coverage.missing.length > 0 ? (
                <div data-bad>
                  <dt>{t('rules.missing')}</dt>
                  <dd className="mono">{rule.coverage.missing.join(', ')}</dd>
                </div>
              ) : null}
              <div>
                <dt>{t('rules.sourceEvents')}</dt>
                <dd>{formatCount(rule.coverage.sourceEvents)}</dd>
              </div>
              <div>
                <dt>{t('rules.lastSource')}</dt>
                <dd title={rule.coverage.lastSource ? formatTime(rule.coverage.lastSource, zone) : undefined}>{rule.coverage.lastSource ? age(rule.coverage.lastSource) : '—'}</dd>
              </div>
              {rule.coverage.observedPercent < 99.95 ? (
                <div>
                  <dt>{t('rules.observed')}</dt>
                  <dd>{formatPercent(rule.coverage.observedPercent)}</dd>
                </div>
              ) : null}
            </dl>
          </section>
          <section>
            <h3>{t('rules.work')}</h3>
            <dl className={classes.facts}>
              <div>
                <dt>{t('rules.hits')}</dt>
                <dd>{formatCount(rule.hits)}</dd>
              </div>
              <div>
                <dt>{t('rules.lastHit')}</dt>
                <dd title={rule.lastHit ? formatTime(rule.lastHit, zone) : undefined}>{rule.lastHit ? age(rule.lastHit) : '—'}</dd>
              </div>
              {rule.work.keys > 0 ? (
                <div>
                  <dt>{t('rules.keys')}</dt>
                  <dd>
                    {formatCount(rule.work.keys)} · {formatBytes(rule.work.heldBytes)}
                  </dd>
                </div>
              ) : null}
              {rule.work.evictedKeys > 0 ? (
                <div data-bad>
                  <dt>{t('rules.evicted')}</dt>
                  <dd>{formatCount(rule.work.evictedKeys)}</dd>
                </div>
              ) : null}
              {rule.work.lateEvents > 0 ? (
                <div>
                  <dt>{t('rules.late')}</dt>
                  <dd>{formatCount(rule.work.lateEvents)}</dd>
                </div>
              ) : null}
              {rule.work.rateLimited > 0 ? (
                <div>
                  <dt>{t('rules.rateLimited')}</dt>
                  <dd>{formatCount(rule.work.rateLimited)}</dd>
                </div>
              ) : null}
              <div data-bad={rule.cost?.costly || undefined}>
                <dt>{t('rules.cost')}</dt>
                <dd>{rule.cost ? `${formatPercent(rule.cost.corePercent)} · ${t('rules.perEvent', { time: formatNanos(rule.cost.nanosPerEvent) })}` : t('rules.notMeasured')}</dd>
              </div>
              <div>
                <dt>{t('rules.segmentation')}</dt>
                <dd>{rule.segmentations.join(' → ')}</dd>
              </div>
            </dl>
          </section>
        </div>
        {rule.mitre.length > 0 ? (
          <section>
            <h3>ATT&amp;CK</h3>
            <div className={classes.tags}>
              <Mitre tactics={rule.mitre.filter((one) => !/^T\d/.test(one))} techniques={rule.mitre.filter((one) => /^T\d/.test(one))} />
            </div>
          </section>
        ) : null}
        <RuleExceptions ruleId={rule.id} now={now} />
        <RuleSuppressions ruleId={rule.id} now={now} />
      </div>
    </article>
  );
}
