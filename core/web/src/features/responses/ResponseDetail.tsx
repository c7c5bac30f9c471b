import { IconAlertTriangle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ResponseRule, RunState } from '@/api/responses';
import { Severity } from '@/shared/ui/Severity';
import classes from './ResponseDetail.module.css';
import { readiness } from './responsesState';
import { KindIcon } from './RunParts';
import { RunTable } from './RunTable';

interface Props {
  rule: ResponseRule;
  state: RunState | undefined;
  now: number;
  onState: (state: RunState | undefined) => void;
}

/** One response: what fires it, how often it may, whether it can run, and what it did. */
export function ResponseDetail({ rule, state, now, onState }: Props) {
  const { t } = useTranslation();
  const ready = readiness(rule);
  return (
    <article className={classes.detail} aria-label={rule.name} data-testid="response-detail">
      <header className={classes.header}>
        <h2>
          <KindIcon kind={rule.kind} /> <span>{rule.name}</span>
        </h2>
        <p>
          <span className={classes.state} data-readiness={ready}>
            {t(`responses.readiness.${ready}`)}
          </span>
          <span>{t(`responses.kinds.${rule.kind}`)}</span>
          <span>{t(`responses.delivery.${rule.delivery}`)}</span>
        </p>
      </header>
      <div className={classes.body}>
        {rule.trouble && rule.enabled ? (
          <section className={classes.banner} role="alert">
            <IconAlertTriangle size={16} />
            <div>
              <strong>{t('responses.trouble')}</strong>
              <p>{rule.trouble}</p>
            </div>
          </section>
        ) : null}
        {rule.description ? <p className={classes.sentence}>{rule.description}</p> : null}
        <section>
          <h3>{t('responses.fires')}</h3>
          <dl className={classes.facts}>
            <div>
              <dt>{t('responses.when')}</dt>
              <dd>{rule.enabled ? t(`responses.events.${rule.events}`) : t('responses.isOff')}</dd>
            </div>
            {rule.events === 'none' ? null : (
              <>
                <div>
                  <dt>{t('responses.rules')}</dt>
                  <dd>
                    {rule.rules.length === 0
                      ? t('responses.everyRule')
                      : rule.rules.map((one) => (
                          <Link key={one} to="/rules" search={{ rule: one }} className={classes.rule}>
                            {one}
                          </Link>
                        ))}
                  </dd>
                </div>
                <div>
                  <dt>{t('responses.priority')}</dt>
                  <dd className={classes.priority}>
                    {rule.priority === 1 ? t('responses.anyPriority') : <><Severity priority={rule.priority} /> {t('responses.orMore')}</>}
                  </dd>
                </div>
                {rule.tenants.length > 0 ? (
                  <div>
                    <dt>{t('responses.tenants')}</dt>
                    <dd>{rule.tenants.join(', ')}</dd>
                  </div>
                ) : null}
                {rule.filter ? (
                  <div>
                    <dt>{t('responses.filter')}</dt>
                    <dd className="mono">{rule.filter}</dd>
                  </div>
                ) : null}
                <div>
                  <dt>{t('responses.most')}</dt>
                  <dd>{t('responses.mostText', { count: rule.mostRuns, seconds: rule.withinSeconds })}</dd>
                </div>
              </>
            )}
          </dl>
        </section>
        <section>
          <h3>{t('responses.lastRuns')}</h3>
          <RunTable response={rule.name} state={state} counts={rule.runs} now={now} onState={onState} />
        </section>
      </div>
    </article>
  );
}
