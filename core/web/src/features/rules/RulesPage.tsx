import { UnstyledButton } from '@mantine/core';
import { IconAlertTriangle, IconGavel } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/endpoints';
import { useHotkeys } from '@/shared/hotkeys';
import { setPreference, usePreferences } from '@/shared/preferences';
import { Chips, ListSearch, SplitPage } from '@/shared/ui/SplitPage';
import { Empty, Failure, Loading } from '@/shared/ui/states';
import { useNow } from '@/shared/ui/useNow';
import { RuleChanges } from './RuleChanges';
import { RuleDetail } from './RuleDetail';
import { RuleList } from './RuleList';
import classes from './RulesPage.module.css';
import { byNeed, filters, passes, type RulesParams } from './rulesState';

const route = getRouteApi('/shell/rules');
const pollMillis = 10_000;

/** Which rules run, whether they can fire, what they cost and what is kept from alerts. */
export function RulesPage() {
  const { t } = useTranslation();
  const params = route.useSearch();
  const navigate = useNavigate();
  const { ruleListWidth } = usePreferences();
  const now = useNow(15_000);
  const rules = useQuery({ queryKey: ['rules'], queryFn: api.rules, refetchInterval: pollMillis });
  const changes = useQuery({ queryKey: ['rules', 'changes'], queryFn: api.ruleChanges, refetchInterval: pollMillis });
  const all = useMemo(() => rules.data?.items ?? [], [rules.data]);
  const shown = useMemo(() => {
    const words = (params.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    return all
      .filter((rule) => passes(rule, params.only) && words.every((word) => `${rule.name} ${rule.id} ${rule.mitre.join(' ')} ${rule.file}`.toLowerCase().includes(word)))
      .toSorted(byNeed);
  }, [all, params.q, params.only]);
  const open = params.rule ? all.find((rule) => rule.id === params.rule) : undefined;

  const update = (patch: RulesParams) => void navigate({ to: '/rules', search: { ...params, ...patch }, replace: true });
  const move = (by: number) => {
    const at = shown.findIndex((rule) => rule.id === params.rule);
    const next = shown[Math.max(0, Math.min(shown.length - 1, at + by))];
    if (next) update({ rule: next.id });
  };
  useHotkeys({ j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1), Escape: () => update({ rule: undefined }) });

  const wrong = (changes.data?.leftOut.length ?? 0) + (changes.data?.refused ? 1 : 0);
  return (
    <SplitPage
      title={t('nav.rules')}
      label={t('rules.list')}
      count={t('rules.count', { count: all.length })}
      aside={
        <UnstyledButton className={classes.changes} data-wrong={wrong > 0 || undefined} aria-pressed={!open} onClick={() => update({ rule: undefined })} data-testid="rule-changes-open">
          {wrong > 0 ? <IconAlertTriangle size={14} /> : null}
          {wrong > 0 ? t('rules.wrong', { count: wrong }) : t('rules.changes')}
        </UnstyledButton>
      }
      tools={
        <>
          <ListSearch label={t('rules.search')} value={params.q} onChange={(q) => update({ q })} />
          <Chips label={t('rules.filter')} choices={filters.map((value) => ({ value, label: t(`rules.only.${value}`), count: all.filter((rule) => passes(rule, value)).length }))} chosen={params.only} onChoose={(only) => update({ only })} />
        </>
      }
      list={
        rules.isPending ? (
          <Loading rows={12} />
        ) : rules.error && all.length === 0 ? (
          <Failure error={rules.error} retry={() => void rules.refetch()} />
        ) : shown.length === 0 ? (
          <Empty title={all.length === 0 ? t('rules.none') : params.only === 'attention' ? t('rules.allWell') : t('rules.noMatch')} icon={<IconGavel size={26} stroke={1.4} />}>
            {all.length === 0 ? t('rules.noneText') : params.only === 'attention' ? t('rules.allWellText') : null}
          </Empty>
        ) : (
          <RuleList rules={shown} open={open?.id ?? null} now={now} onOpen={(id) => update({ rule: id })} />
        )
      }
      width={ruleListWidth}
      resizeLabel={t('rules.resize')}
      onResize={(size) => setPreference('ruleListWidth', size)}
    >
      {open ? (
        <RuleDetail key={open.id} rule={open} now={now} />
      ) : params.rule && !rules.isPending ? (
        <Empty title={t('rules.gone')}>{t('rules.goneText')}</Empty>
      ) : (
        <RuleChanges changes={changes.data} error={changes.error} rules={all} now={now} onOpen={(id) => update({ rule: id })} />
      )}
    </SplitPage>
  );
}
