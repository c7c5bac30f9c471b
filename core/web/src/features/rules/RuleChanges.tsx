import { UnstyledButton } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Rule, RuleChanges as Changes } from '@/api/rules';
import { usePreferences } from '@/shared/preferences';
import { formatAge, formatTime } from '@/shared/time/format';
import { Empty, Failure, Loading } from '@/shared/ui/states';
import classes from './rulesLook';
import { fileName } from './rulesState';

const listed = 12;

interface Props {
  changes: Changes | undefined;
  error: unknown;
  rules: readonly Rule[];
  now: number;
  onOpen: (id: string) => void;
}

/** What was loaded, changed, left out and refused. */
export function RuleChanges({ changes, error, rules, now, onOpen }: Props) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  if (!changes) return error ? <Failure error={error} /> : <Loading rows={8} />;
  const names = new Map(rules.map((rule) => [rule.id, rule.name]));
  return (
    <article className={classes.detail} aria-label={t('rules.changes')} data-testid="rule-changes">
      <header className={classes.header}>
        <div className={classes.title}>
          <h2>{t('rules.changesTitle')}</h2>
        </div>
      </header>
      <div className={classes.body}>
        {changes.refused ? (
          <section className={classes.banner} data-kind="bad" role="alert">
            <IconAlertTriangle size={16} />
            <div>
              <strong>{t('rules.refused')}</strong>
              <p>{changes.refused}</p>
            </div>
          </section>
        ) : null}
        {changes.leftOut.length > 0 ? (
          <section>
            <h3>{t('rules.leftOut', { count: changes.leftOut.length })}</h3>
            <table className={classes.table} data-testid="left-out">
              <tbody>
                {changes.leftOut.map((left, index) => (
                  <tr key={`${left.file}${left.line}${index}`}>
                    <td className="mono" title={left.file}>
                      {fileName(left.file)}:{left.line}
                    </td>
                    <td className={classes.wide}>{left.reason}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        ) : null}
        <section>
          <h3>{t('rules.lastChanges')}</h3>
          {changes.items.length === 0 ? (
            <Empty title={t('rules.noChanges')}>{t('rules.noChangesText')}</Empty>
          ) : (
            <ol className={classes.history}>
              {changes.items.map((change) => (
                <li key={change.time}>
                  <time title={formatTime(change.time, zone)}>{t('common.ago', { age: formatAge(change.time, now) })}</time>
                  <dl>
                    {(['added', 'changed', 'removed'] as const)
                      .filter((kind) => change[kind].length > 0)
                      .map((kind) => (
                        <div key={kind} data-kind={kind}>
                          <dt>{t(`rules.change.${kind}`, { count: change[kind].length })}</dt>
                          <dd>
                            {change[kind].slice(0, listed).map((id) =>
                              names.has(id) ? (
                                <UnstyledButton key={id} className={classes.ruleLink} onClick={() => onOpen(id)}>
                                  {names.get(id)}
                                </UnstyledButton>
                              ) : (
                                <span key={id}>{id}</span>
                              ),
                            )}
                            {change[kind].length > listed ? <span className={classes.muted}>+{change[kind].length - listed}</span> : null}
                          </dd>
                        </div>
                      ))}
                  </dl>
                  <span className={classes.muted}>{t('rules.kept', { count: change.unchanged })}</span>
                </li>
              ))}
            </ol>
          )}
        </section>
      </div>
    </article>
  );
}
