import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Rule } from '@/api/rules';
import { formatCount, formatShort } from '@/shared/number';
import { usePreferences } from '@/shared/preferences';
import { formatAge, formatTime } from '@/shared/time/format';
import { Severity } from '@/shared/ui/Severity';
import shared from '@/shared/ui/List.module.css';
import own from './RuleList.module.css';
import { verdict } from './rulesState';

const classes = { ...shared, ...own };

const rowHeight = 46;

interface Props {
  rules: readonly Rule[];
  open: string | null;
  now: number;
  onOpen: (id: string) => void;
}

/** Thousands of rules, a row each: what it is, whether it can fire, what it found. */
export function RuleList({ rules, open, now, onOpen }: Props) {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rules.length, getScrollElement: () => scroll.current, estimateSize: () => rowHeight, overscan: 10 });
  const openAt = rules.findIndex((rule) => rule.id === open);
  useEffect(() => {
    if (openAt >= 0) virtual.scrollToIndex(openAt, { align: 'auto' });
    // Only when another rule is opened.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [open]);
  return (
    <>
      <div className={`${classes.row ?? ''} ${classes.columns ?? ''} ${classes.head ?? ''}`} aria-hidden>
        <span />
        <span>{t('rules.rule')}</span>
        <span>{t('rules.state')}</span>
        <span className={classes.number}>{t('rules.hits')}</span>
        <span className={classes.number}>{t('rules.lastHit')}</span>
      </div>
      <div ref={scroll} className={classes.scroll} data-testid="rules">
        <div className={classes.body} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const rule = rules[item.index] as Rule;
            const state = verdict(rule);
            return (
              <button key={rule.id} type="button" className={`${classes.row ?? ''} ${classes.columns ?? ''} ${classes.line ?? ''}`} style={{ transform: `translateY(${item.start}px)` }} data-verdict={state} aria-current={rule.id === open || undefined} onClick={() => onOpen(rule.id)} data-testid="rule-row" data-rule={rule.id}>
                <Severity priority={rule.priority} iconOnly />
                <span className={classes.name}>
                  <span title={rule.name}>{rule.name}</span>
                  <span className={classes.second}>
                    {rule.source === 'sigma' ? 'Sigma' : 'Tocsin'} · {t(`ruleKind.${rule.kind}`)}
                  </span>
                </span>
                <span className={`${classes.name ?? ''} ${classes.state ?? ''}`}>
                  <span>{t(`ruleState.${state}`)}</span>
                  {state === 'starved' ? <span className={classes.second} title={rule.coverage.missing.join('\n')}>{rule.coverage.missing.join(', ')}</span> : null}
                </span>
                <span className={classes.number} data-zero={rule.hits === 0 || undefined}>
                  {rule.hits >= 10_000 ? formatShort(rule.hits) : formatCount(rule.hits)}
                </span>
                <span className={classes.number} data-zero={!rule.lastHit || undefined} title={rule.lastHit ? formatTime(rule.lastHit, zone) : undefined}>
                  {rule.lastHit ? formatAge(rule.lastHit, now) : '—'}
                </span>
              </button>
            );
          })}
        </div>
      </div>
    </>
  );
}
